import { X509Certificate } from 'node:crypto';

/** Master keys of SRTP, each with its salt (RFC 3711), 30 bytes. */
export interface DtlsKeys {
  /** With this one this end sends. */
  readonly own: Buffer;
  readonly other: Buffer;
}

/** Lengths of a master key and of its salt, in bytes (RFC 5764 4.1.2). */
const [keyLength, saltLength] = [16, 14];

/** Reads what `openssl s_client` and `s_server` print of a handshake of DTLS-SRTP, line by line. */
export class DtlsReport {
  /** The port at which a server waits, once it does. */
  port: number | undefined;
  private pem: string[] | undefined;
  private isOther = false;
  private hasProfile = false;

  /** @param fingerprint SHA-256 that the certificate of the other end has to have */
  constructor(
    private readonly role: 'client' | 'server',
    private readonly fingerprint: string,
  ) {}

  /**
   * Takes the next line.
   * @returns the keys, in the line that has them
   * @throws Error why there are none: no SRTP was agreed on, or the certificate is another one than was described
   */
  take(line: string): DtlsKeys | undefined {
    this.port ??= numberIn(/^ACCEPT [\d.]+:(\d+)$/.exec(line));
    this.takeCertificate(line);
    if (line === 'SRTP Extension negotiated, profile=SRTP_AES128_CM_SHA1_80') this.hasProfile = true;
    const [, hex] = /^ +Keying material: ([\dA-F]{120})$/.exec(line) ?? [];
    if (hex === undefined) return undefined;
    if (!this.hasProfile) throw new Error('no profile of SRTP was agreed on');
    if (!this.isOther) throw new Error('the certificate is not the one that was described');
    return keysIn(Buffer.from(hex, 'hex'), this.role);
  }

  /** The first certificate that is printed is the other end's own. */
  private takeCertificate(line: string): void {
    if (line === '-----BEGIN CERTIFICATE-----') this.pem = [];
    this.pem?.push(line);
    if (line !== '-----END CERTIFICATE-----' || this.pem === undefined) return;
    const { fingerprint256 } = new X509Certificate(this.pem.join('\n'));
    this.pem = undefined;
    this.isOther ||= fingerprint256.toUpperCase() === this.fingerprint.toUpperCase();
  }
}

/** RFC 5764 4.2: the keys of client and server, and then their salts. */
function keysIn(material: Buffer, role: 'client' | 'server'): DtlsKeys {
  const master = (index: number): Buffer => {
    const salts = 2 * keyLength;
    return Buffer.concat([
      material.subarray(index * keyLength, (index + 1) * keyLength),
      material.subarray(salts + index * saltLength, salts + (index + 1) * saltLength),
    ]);
  };
  const [client, server] = [master(0), master(1)];
  return role === 'client' ? { own: client, other: server } : { own: server, other: client };
}

const numberIn = (match: RegExpExecArray | null): number | undefined =>
  match === null ? undefined : Number(match[1]);
