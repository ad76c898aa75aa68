/**
 * The secrets of TLS connections, as the programs at their ends wrote them (NSS key log format,
 * draft-ietf-tls-keylogfile): a label, the random of the connection's ClientHello, and a secret, in hexadecimal.
 */
export class TlsKeyLog {
  private readonly secrets = new Map<string, Buffer>();

  /** Lines that are none of the format are skipped, because a log may be cut off while it is written. */
  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [, label, random, secret] =
        /^([A-Z0-9_]+) ([0-9a-f]{64}) ((?:[0-9a-f]{2})+)\s*$/i.exec(line) ?? [];
      if (label === undefined || random === undefined || secret === undefined) continue;
      const key = keyOf(label, random);
      if (!this.secrets.has(key)) this.secrets.set(key, Buffer.from(secret, 'hex'));
    }
  }

  /** @param random the 32 bytes of the ClientHello's random */
  secret(label: SecretLabel, random: Buffer): Buffer | undefined {
    return this.secrets.get(keyOf(label, random.toString('hex')));
  }
}

/** `CLIENT_RANDOM` is the master secret up to TLS 1.2; the others are the secrets of RFC 8446 7.1. */
export type SecretLabel =
  | 'CLIENT_RANDOM'
  | 'CLIENT_EARLY_TRAFFIC_SECRET'
  | 'CLIENT_HANDSHAKE_TRAFFIC_SECRET'
  | 'SERVER_HANDSHAKE_TRAFFIC_SECRET'
  | 'CLIENT_TRAFFIC_SECRET_0'
  | 'SERVER_TRAFFIC_SECRET_0';

const keyOf = (label: string, random: string): string => `${label} ${random.toLowerCase()}`;
