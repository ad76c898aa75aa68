/** RFC 8446 4, RFC 5246 7.4, RFC 6347 4.3.2. */
const names: Readonly<Record<number, string>> = {
  0: 'HelloRequest',
  1: 'ClientHello',
  2: 'ServerHello',
  3: 'HelloVerifyRequest',
  4: 'NewSessionTicket',
  5: 'EndOfEarlyData',
  8: 'EncryptedExtensions',
  11: 'Certificate',
  12: 'ServerKeyExchange',
  13: 'CertificateRequest',
  14: 'ServerHelloDone',
  15: 'CertificateVerify',
  16: 'ClientKeyExchange',
  20: 'Finished',
  22: 'CertificateStatus',
  24: 'KeyUpdate',
};

export const handshakeName = (type: number): string => names[type] ?? `handshake message ${type}`;

/** Names the messages of one side's handshake, which may span several records. */
export class HandshakeNames {
  /** Bytes of the current message that are still to come. */
  private missing = 0;
  /** The part of a message's header that is there. */
  private header: Buffer = Buffer.alloc(0);

  /** @returns the names of the messages that begin in these contents of a record */
  read(content: Buffer): string[] {
    const begun: string[] = [];
    let rest = content;
    while (rest.length > 0) {
      if (this.missing > 0) {
        const skipped = Math.min(this.missing, rest.length);
        this.missing -= skipped;
        rest = rest.subarray(skipped);
        continue;
      }
      const needed = 4 - this.header.length;
      this.header = Buffer.concat([this.header, rest.subarray(0, needed)]);
      rest = rest.subarray(needed);
      if (this.header.length < 4) break;
      begun.push(handshakeName(this.header[0]!));
      this.missing = this.header.readUIntBE(1, 3);
      this.header = Buffer.alloc(0);
    }
    return begun;
  }
}

/** RFC 8446 6. */
const alerts: Readonly<Record<number, string>> = {
  0: 'close_notify',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  40: 'handshake_failure',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  109: 'missing_extension',
  112: 'unrecognized_name',
  116: 'certificate_required',
  120: 'no_application_protocol',
};

/** @param content level and description */
export const alertName = (content: Buffer): string =>
  content.length < 2 ? 'alert' : `alert ${alerts[content[1]!] ?? content[1]!}`;
