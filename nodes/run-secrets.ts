/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** A user's name and password. */
export interface NameAndPassword {
  readonly username: string;
  readonly password: string;
}

/** Everything secret in a run. Made for it, never stored beyond it. */
export interface RunSecrets {
  /** PEM of the CA that UEs trust. */
  readonly trustAnchor: string;
  /** The key pairs of the boxes that have a host name in the home network, by kind of box. */
  readonly certificates: Readonly<Record<string, KeyPair>>;
  /** The CA of an intercepting proxy, which no UE trusts; only made where a firewall has one. */
  readonly interception?: KeyPair;
  readonly turnUser: NameAndPassword;
  /** Who may use a proxy that asks for credentials. */
  readonly proxyUser: NameAndPassword;
  /** What UEs show to such a proxy. */
  readonly proxyUserOfUe: NameAndPassword;
  /** The password of a subscriber, by IMPI. */
  readonly passwordOf: (impi: string) => string;
}
