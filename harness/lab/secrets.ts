import { randomBytes } from 'node:crypto';
import { opcOf } from '../../kit/milenage';
import { builtInBoxes } from '../../nodes';
import type { Boxes } from '../../nodes/box';
import { nameInHomeNetwork } from '../../nodes/home-network';
import type { CardSecrets, RunSecrets } from '../../nodes/run-secrets';
import { createAuthority, issueCertificate, makeKey } from './authority';

/** Faults by which tests show that the lab's own faults are told apart from a firewall's work. */
export interface SecretFaults {
  /** The name that a box's certificate carries instead of its own, by kind. */
  readonly certificateNames?: Readonly<Record<string, string>>;
  /** The password that UEs show to a proxy instead of the right one. */
  readonly proxyPasswordOfUe?: string;
  /** True if UEs trust the CA of an intercepting proxy. */
  readonly ueTrustsInterceptor?: boolean;
}

/** Makes a run's CA, certificates and passwords. */
export async function makeSecrets(
  options: { readonly interception: boolean; readonly boxes?: Boxes },
  faults: SecretFaults = {},
): Promise<RunSecrets> {
  // This key is begun first, so that all keys are made side by side. An interceptor signs with RSA, because the
  // servers that it imitates have RSA keys.
  const interceptorKey = options.interception ? makeKey('rsa') : undefined;
  const named = [...(options.boxes ?? builtInBoxes)].flatMap(({ kind, hostName }) =>
    hostName === undefined
      ? []
      : [
          {
            kind,
            name: faults.certificateNames?.[kind] ?? nameInHomeNetwork(hostName),
            // Each server has its own key, because a vendor's box that replaces one server must not hold the
            // key of another.
            key: makeKey('rsa'),
          },
        ],
  );
  const authority = await createAuthority('nimsfw-lab run CA', await makeKey('ec'));
  const [interception, ...certificates] = await Promise.all([
    interceptorKey?.then((key) => createAuthority('nimsfw-lab interception CA', key)),
    ...named.map(
      async ({ kind, name, key }) => [kind, await issueCertificate(authority, name, await key)] as const,
    ),
  ]);
  const proxyUser = { username: 'nimsfw', password: newPassword() };
  const passwords = new Map<string, string>();
  const cards = new Map<string, CardSecrets>();
  const trusted = [authority, ...(faults.ueTrustsInterceptor && interception ? [interception] : [])];
  return {
    trustAnchor: trusted.map(({ certificate }) => certificate).join('\n'),
    certificates: Object.fromEntries(certificates),
    ...(interception ? { interception } : {}),
    turnUser: { username: 'nimsfw', password: newPassword() },
    proxyUser,
    proxyUserOfUe: { ...proxyUser, password: faults.proxyPasswordOfUe ?? proxyUser.password },
    passwordOf: (impi) => {
      const password = passwords.get(impi) ?? newPassword();
      passwords.set(impi, password);
      return password;
    },
    cardOf: (impi) => {
      const card = cards.get(impi) ?? newCard();
      cards.set(impi, card);
      return card;
    },
  };
}

function newPassword(): string {
  return randomBytes(16).toString('hex');
}

function newCard(): CardSecrets {
  const k = randomBytes(16);
  return {
    k: k.toString('hex'),
    opc: opcOf(k, randomBytes(16)).toString('hex'),
    // The separation bit is 0 for IMS (TS 33.102 Annex H).
    amf: '0000',
  };
}
