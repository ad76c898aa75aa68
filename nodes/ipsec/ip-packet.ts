import { internetChecksum } from './checksum';

export const protocols = { ipInIp: 4, tcp: 6, udp: 17, esp: 50 } as const;

const headerLength = 20;

/** The fields that matter of an IPv4 packet (RFC 791). Its buffers share the memory of the packet. */
export interface IpPacket {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  /** Says whether it is a part of a fragmented packet. */
  readonly isFragment: boolean;
  readonly payload: Buffer;
}

/** @returns undefined if the bytes do not begin with a whole IPv4 packet */
export function readIpPacket(bytes: Buffer): IpPacket | undefined {
  if (bytes.length < headerLength || bytes[0]! >> 4 !== 4) return undefined;
  const header = (bytes[0]! & 0xf) * 4;
  const length = bytes.readUInt16BE(2);
  if (header < headerLength || length < header || length > bytes.length) return undefined;
  return {
    source: bytes.subarray(12, 16).join('.'),
    destination: bytes.subarray(16, 20).join('.'),
    protocol: bytes[9]!,
    isFragment: (bytes.readUInt16BE(6) & 0x3fff) !== 0,
    payload: bytes.subarray(header, length),
  };
}

/** Returns the four bytes of an address in dotted form. */
export const addressBytes = (address: string): Buffer => Buffer.from(address.split('.').map(Number));

let identification = 0;

/** Makes a whole IPv4 packet without options. @throws RangeError if it would be longer than 65535 bytes */
export function ipPacket({
  source,
  destination,
  protocol,
  payload,
}: Pick<IpPacket, 'source' | 'destination' | 'protocol' | 'payload'>): Buffer {
  const header = Buffer.alloc(headerLength);
  header[0] = 0x45;
  header.writeUInt16BE(headerLength + payload.length, 2);
  identification = (identification % 0xffff) + 1;
  header.writeUInt16BE(identification, 4);
  header[8] = 64;
  header[9] = protocol;
  addressBytes(source).copy(header, 12);
  addressBytes(destination).copy(header, 16);
  header.writeUInt16BE(internetChecksum(header), 10);
  return Buffer.concat([header, payload]);
}
