/**
 * Makes packets and captures for the tests, from the RFCs' pictures and not from the decoders, so that a mistake in
 * one is not repeated in the other.
 */

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

export interface Address {
  readonly ip: string;
  readonly port: number;
}

/** Builds an IPv4 packet (RFC 791); `fragment` is the whole field of flags and offset. */
export function ipv4(
  protocol: number,
  src: string,
  dst: string,
  body: Uint8Array,
  fragment = 0x4000,
): Buffer {
  const address = (ip: string): Buffer => Buffer.from(ip.split('.').map(Number));
  return Buffer.concat([
    Buffer.from([0x45, 0]),
    u16(20 + body.length),
    u16(1), // identification
    u16(fragment),
    Buffer.from([64, protocol]),
    u16(0), // the checksum, which no decoder here verifies
    address(src),
    address(dst),
    body,
  ]);
}

export function udp(src: Address, dst: Address, payload: Uint8Array | string): Buffer {
  const data = Buffer.from(payload);
  const header = Buffer.concat([u16(src.port), u16(dst.port), u16(8 + data.length), u16(0)]);
  return ipv4(17, src.ip, dst.ip, Buffer.concat([header, data]));
}

/** Builds a TCP segment; the flags are letters as tcpdump prints them: `S`, `S.`, `.`, `P.`, `F.`, `R`. */
export function tcp(
  src: Address,
  dst: Address,
  flags: string,
  seq = 0,
  payload: Uint8Array | string = '',
): Buffer {
  const bits = { F: 1, S: 2, R: 4, P: 8, '.': 16 } as const;
  const value = [...flags].reduce((sum, letter) => sum | (bits[letter as keyof typeof bits] ?? 0), 0);
  const header = Buffer.concat([
    u16(src.port),
    u16(dst.port),
    u32(seq),
    u32(0),
    Buffer.from([5 << 4, value]),
    u16(65535),
    u32(0),
  ]);
  return ipv4(6, src.ip, dst.ip, Buffer.concat([header, Buffer.from(payload)]));
}

/** Builds an ICMP error about a packet (RFC 792). */
export function icmpError(src: string, dst: string, type: number, code: number, about: Uint8Array): Buffer {
  return ipv4(1, src, dst, Buffer.concat([Buffer.from([type, code]), u16(0), u32(0), about]));
}

/** Builds a STUN message (RFC 8489 clause 5): type, length, cookie, transaction. */
export function stun(type: number, transaction: string, attributes: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([
    u16(type),
    u16(attributes.length),
    u32(0x2112a442),
    Buffer.from(transaction, 'hex'),
    attributes,
  ]);
}

/** Builds a TLS record. */
export function record(type: number, content: Uint8Array | string, version = 0x0303): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([type]), u16(version), u16(bytes.length), bytes]);
}

export interface RegisterOptions {
  readonly branch?: string;
  readonly callId?: string;
}

export function sipRegister({ branch = 'z9hG4bKone', callId = 'call-1' }: RegisterOptions = {}): string {
  return [
    'REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0',
    `Via: SIP/2.0/UDP 10.89.1.2:32768;branch=${branch};rport`,
    'Max-Forwards: 70',
    `Call-ID: ${callId}`,
    'CSeq: 1 REGISTER',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

export interface PcapOptions {
  readonly linkType?: number;
  readonly littleEndian?: boolean;
  readonly nano?: boolean;
}

export interface PcapRecord {
  readonly seconds: number;
  /** Microseconds or nanoseconds, depending on the file's magic number. */
  readonly fraction: number;
  readonly bytes: Uint8Array;
  readonly originalLength?: number;
}

/** Builds a pcap file (draft-ietf-opsawg-pcap). */
export function pcap(records: readonly PcapRecord[], options: PcapOptions = {}): Buffer {
  const { linkType = 239, littleEndian = true, nano = false } = options;
  const words = (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(values.length * 4);
    values.forEach((value, i) =>
      littleEndian ? bytes.writeUInt32LE(value, i * 4) : bytes.writeUInt32BE(value, i * 4),
    );
    return bytes;
  };
  const version = Buffer.alloc(4);
  [2, 4].forEach((value, i) =>
    littleEndian ? version.writeUInt16LE(value, i * 2) : version.writeUInt16BE(value, i * 2),
  );
  return Buffer.concat([
    words(nano ? 0xa1b23c4d : 0xa1b2c3d4),
    version,
    words(0, 0, 262144, linkType),
    ...records.flatMap(({ seconds, fraction, bytes, originalLength = bytes.length }) => [
      words(seconds, fraction, bytes.length, originalLength),
      bytes,
    ]),
  ]);
}

/** Builds a pcap record at a time in ms since the epoch, to the microsecond. */
export function recordAt(at: number, bytes: Uint8Array): PcapRecord {
  const micro = Math.round(at * 1000);
  return { seconds: Math.floor(micro / 1e6), fraction: micro % 1e6, bytes };
}

export interface NflogOptions {
  readonly prefix?: string;
  /** Number of the netfilter hook: 1 input, 2 forward. */
  readonly hook?: number;
  /** ms since the epoch, for the timestamp TLV. */
  readonly at?: number;
  readonly littleEndian?: boolean;
}

/** Builds a LINKTYPE_NFLOG packet: family, version, group, TLVs. */
export function nflog(payload: Uint8Array, options: NflogOptions = {}): Buffer {
  const { prefix = 'T3-SIP-UDP', hook = 2, at, littleEndian = true } = options;
  const tlv = (type: number, value: Uint8Array): Buffer => {
    const head = Buffer.alloc(4);
    const length = 4 + value.length;
    [length, type].forEach((value, i) =>
      littleEndian ? head.writeUInt16LE(value, i * 2) : head.writeUInt16BE(value, i * 2),
    );
    return Buffer.concat([head, value, Buffer.alloc((4 - (length % 4)) % 4)]);
  };
  const time = Buffer.alloc(16);
  if (at !== undefined) {
    time.writeBigUInt64BE(BigInt(Math.floor(at / 1000)), 0);
    time.writeBigUInt64BE(BigInt(Math.round((at % 1000) * 1000)), 8);
  }
  return Buffer.concat([
    Buffer.from([2, 0]),
    u16(5),
    tlv(1, Buffer.from([0x08, 0x00, hook, 0])),
    tlv(10, Buffer.from(`${prefix}\0`, 'latin1')),
    ...(at === undefined ? [] : [tlv(3, time)]),
    tlv(5, u32(7)),
    tlv(9, payload),
  ]);
}
