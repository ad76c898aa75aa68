/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** The secrets of a subscriber's USIM, each in hex (`kit/milenage.ts`). */
export interface CardSecrets {
  readonly k: string;
  readonly opc: string;
  readonly amf: string;
}

/** A user's name and password. */
export interface NameAndPassword {
  readonly username: string;
  readonly password: string;
}

/** All secrets of a run. They are made for the run and never stored beyond it. */
export interface RunSecrets {
  /** PEM of the CA that UEs trust. */
  readonly trustAnchor: string;
  /** The key pairs of the boxes that have a host name in the home network, by kind of box. */
  readonly certificates: Readonly<Record<string, KeyPair>>;
  /** The CA of an intercepting proxy, which no UE trusts. It is only made if a firewall has such a proxy. */
  readonly interception?: KeyPair;
  readonly turnUser: NameAndPassword;
  /** The user whom a proxy that asks for credentials lets through. */
  readonly proxyUser: NameAndPassword;
  /** The credentials that UEs show to such a proxy. */
  readonly proxyUserOfUe: NameAndPassword;
  /** Returns the password of a subscriber, by IMPI. */
  readonly passwordOf: (impi: string) => string;
  /** Returns the secrets of a subscriber's USIM, by IMPI. */
  readonly cardOf: (impi: string) => CardSecrets;
}
