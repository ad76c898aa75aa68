import { randomBytes } from 'node:crypto';
import { builtInBoxes } from '../../nodes';
import type { Boxes } from '../../nodes/box';
import { nameInHomeNetwork } from '../../nodes/home-network';
import type { RunSecrets } from '../../nodes/run-secrets';
import { createAuthority, issueCertificate, makeKey } from './authority';

/** What a test changes to show that the lab's own faults are told apart from a firewall's work. */
export interface SecretFaults {
  /** The name that a box's certificate carries instead of its own, by kind. */
  readonly certificateNames?: Readonly<Record<string, string>>;
  /** The password that UEs show to a proxy instead of the right one. */
  readonly proxyPasswordOfUe?: string;
  /** UEs trust the CA of an intercepting proxy. */
  readonly ueTrustsInterceptor?: boolean;
}

/** Makes a run's CA, certificates and passwords. */
export async function makeSecrets(
  options: { readonly interception: boolean; readonly boxes?: Boxes },
  faults: SecretFaults = {},
): Promise<RunSecrets> {
  // Begun here, so that the keys are made side by side. An interceptor signs with RSA: the servers that it imitates have such keys.
  const interceptorKey = options.interception ? makeKey('rsa') : undefined;
  const named = [...(options.boxes ?? builtInBoxes)].flatMap(({ kind, hostName }) =>
    hostName === undefined
      ? []
      : [
          {
            kind,
            name: faults.certificateNames?.[kind] ?? nameInHomeNetwork(hostName),
            // Its own: a vendor's box that takes one's place must not hold the key of another.
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
  };
}

function newPassword(): string {
  return randomBytes(16).toString('hex');
}
