import type { Buffer as Bytes } from 'node:buffer';

/**
 * Bytes of a TLS connection with a suite that does not encrypt, made by hand because
 * the test has no key for the MACs.
 */

/** A TLS record (RFC 8446 section 5.1). */
export function record(type: number, content: Bytes): Bytes {
  return Buffer.concat([Buffer.from([type, 3, 3, content.length >> 8, content.length & 0xff]), content]);
}

/** A handshake message (RFC 5246 section 7.4). */
function message(type: number, content: Bytes): Bytes {
  return Buffer.concat([Buffer.from([type, 0, content.length >> 8, content.length & 0xff]), content]);
}

/** A ClientHello, of which only the header is real, since the inspector reads no more. */
export const clientHello = message(1, Buffer.alloc(60, 0x11));

/** The variable parts of a ServerHello. */
export interface HelloOptions {
  readonly suite: number;
  /** Length of the session id, 0-32 bytes; a resumed session has one. */
  readonly sessionId?: number;
  readonly compression?: number;
  /** Types of empty extensions. */
  readonly extensions?: readonly number[];
}

/** A ServerHello (RFC 5246 section 7.4.1.3). */
export function serverHello({ suite, sessionId = 0, compression = 0, extensions = [] }: HelloOptions): Bytes {
  const list = Buffer.concat(extensions.map((type) => Buffer.from([type >> 8, type & 0xff, 0, 0])));
  return message(
    2,
    Buffer.concat([
      Buffer.from([3, 3]),
      Buffer.alloc(32, 0x22),
      Buffer.from([sessionId]),
      Buffer.alloc(sessionId, 0x33),
      Buffer.from([suite >> 8, suite & 0xff, compression]),
      ...(extensions.length > 0 ? [Buffer.from([list.length >> 8, list.length & 0xff]), list] : []),
    ]),
  );
}

/** ChangeCipherSpec, and a Finished in the clear. */
export const finish = Buffer.concat([
  record(20, Buffer.from([1])),
  record(22, message(20, Buffer.alloc(12, 0x44))),
]);

/** Cuts bytes at these offsets; offsets outside of them are ignored. */
export function cut(bytes: Bytes, offsets: readonly number[]): Bytes[] {
  const at = [...new Set(offsets)].filter((one) => one > 0 && one < bytes.length).sort((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

/** Application data in a record with a MAC at its end. */
export const nullRecord = (text: Bytes, mac = 20): Bytes =>
  record(23, Buffer.concat([text, Buffer.alloc(mac, 0x9e)]));

/** The fields of an IPv4 packet with TCP in it. */
export interface PacketOptions {
  readonly from: readonly [ip: string, port: number];
  readonly to: readonly [ip: string, port: number];
  readonly sequence: number;
  readonly acknowledgement?: number;
  readonly flags?: number;
  readonly data?: Bytes;
}

export const syn = 0x02;
export const rst = 0x04;
export const ack = 0x10;

/** Makes an IPv4 packet with a TCP segment, without checksums. */
export function packet({
  from,
  to,
  sequence,
  acknowledgement = 0,
  flags = ack,
  data = Buffer.alloc(0),
}: PacketOptions): Bytes {
  const header = Buffer.alloc(40);
  header[0] = 0x45;
  header.writeUInt16BE(40 + data.length, 2);
  header[9] = 6;
  Buffer.from(from[0].split('.').map(Number)).copy(header, 12);
  Buffer.from(to[0].split('.').map(Number)).copy(header, 16);
  header.writeUInt16BE(from[1], 20);
  header.writeUInt16BE(to[1], 22);
  header.writeUInt32BE(sequence >>> 0, 24);
  header.writeUInt32BE(acknowledgement >>> 0, 28);
  header[32] = 0x50;
  header[33] = flags;
  return Buffer.concat([header, data]);
}
