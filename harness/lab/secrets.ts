import { randomBytes } from 'node:crypto';
import { createAuthority, issueCertificate, type KeyPair } from './authority';

/** Test PLMN of 3GPP TS 23.003 clause 13. */
export const homeDomain = 'ims.mnc001.mcc001.3gppnetwork.org';

/** A user's name and password. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Everything secret in a run. Made for it, never stored beyond it. */
export interface RunSecrets {
  /** PEM of the CA that UEs trust. */
  readonly trustAnchor: string;
  readonly pcscf: KeyPair;
  readonly turn: KeyPair;
  /** The CA of an intercepting proxy, which no UE trusts; only made where a firewall has one. */
  readonly interception?: KeyPair;
  readonly turnUser: Credentials;
  /** Who may use a proxy that asks for credentials. */
  readonly proxyUser: Credentials;
  /** What UEs show to such a proxy. */
  readonly proxyUserOfUe: Credentials;
  /** The password of a subscriber, by IMPI. */
  readonly passwordOf: (impi: string) => string;
}

/** Server names, as the certificates carry them. */
export const serverNames = { pcscf: `pcscf.${homeDomain}`, turn: `turn.${homeDomain}` };

/** What a test changes to show that the lab's own faults are told apart from a firewall's work. */
export interface SecretFaults {
  /** The name that the P-CSCF's certificate carries instead of its own. */
  readonly pcscfName?: string;
  /** The password that UEs show to a proxy instead of the right one. */
  readonly proxyPasswordOfUe?: string;
  /** UEs trust the CA of an intercepting proxy. */
  readonly ueTrustsInterceptor?: boolean;
}

/** Makes a run's CA, certificates and passwords. */
export async function makeSecrets(
  options: { interception: boolean },
  faults: SecretFaults = {},
): Promise<RunSecrets> {
  const authority = await createAuthority('nimsfw-lab run CA');
  const [pcscf, turn, interception] = await Promise.all([
    issueCertificate(authority, faults.pcscfName ?? serverNames.pcscf),
    issueCertificate(authority, serverNames.turn),
    options.interception ? createAuthority('nimsfw-lab interception CA', 'rsa') : undefined,
  ]);
  const proxyUser = { username: 'nimsfw', password: newPassword() };
  const passwords = new Map<string, string>();
  const trusted = [authority, ...(faults.ueTrustsInterceptor && interception ? [interception] : [])];
  return {
    trustAnchor: trusted.map(({ certificate }) => certificate).join('\n'),
    pcscf,
    turn,
    interception,
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
