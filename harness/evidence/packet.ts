import { linkTypes, type CapturedPacket } from './pcap';
import { decodeNflog } from './nflog';

/**
 * The facts of every IPv4 packet. Ports are missing when the protocol has none or the fragment does not carry
 * them.
 */
interface Ipv4Facts {
  readonly src: string;
  readonly dst: string;
  readonly sport?: number;
  readonly dport?: number;
  /** Length of the whole packet with its IP header, bytes. */
  readonly length: number;
  /** The place in a fragmented packet. Only the first fragment has ports and the start of the payload. */
  readonly fragment: 'no' | 'first' | 'later';
  /** The payload of the transport, or everything after the IP header for an unknown protocol. */
  readonly payload: Uint8Array;
}

/**
 * A TCP segment. Flags are missing when the header was cut off, as in the packet that an ICMP error carries.
 */
export interface TcpPacket extends Ipv4Facts {
  readonly protocol: 'tcp';
  readonly sport: number;
  readonly dport: number;
  /** Sequence number of the first payload byte (of the SYN, where there is one). */
  readonly seq: number;
  /** Next sequence number expected from the other side; present with the ACK flag. */
  readonly ack?: number;
  readonly flags?: TcpFlags;
}

export interface TcpFlags {
  readonly syn: boolean;
  readonly ack: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  readonly psh: boolean;
}

export interface UdpPacket extends Ipv4Facts {
  readonly protocol: 'udp';
  readonly sport: number;
  readonly dport: number;
}

export interface IcmpPacket extends Ipv4Facts {
  readonly protocol: 'icmp';
  readonly type: number;
  readonly code: number;
  /** The packet that an ICMP error is about, as far as the error carries it (RFC 792). */
  readonly about?: Ipv4Packet;
}

/** A packet of another IP protocol, or a later fragment or cut off packet of the protocols above. */
export interface OtherPacket extends Ipv4Facts {
  readonly protocol: 'other';
  /** IANA protocol number, e.g. 50 for ESP. */
  readonly number: number;
}

export type Ipv4Packet = TcpPacket | UdpPacket | IcmpPacket | OtherPacket;

type Frame = Pick<CapturedPacket, 'linkType' | 'bytes' | 'littleEndian'>;

/** Decodes the IPv4 packet in a captured frame; undefined when there is none. */
export function packetOf(captured: Frame): Ipv4Packet | undefined {
  const bytes = ipv4In(captured);
  return bytes && decodeIpv4(bytes);
}

/** Returns the bytes of the IPv4 packet in a captured frame; undefined when there is none. */
export function ipv4In({ linkType, bytes, littleEndian }: Frame): Uint8Array | undefined {
  if (linkType === linkTypes.nflog) return decodeNflog(bytes, littleEndian)?.payload;
  const header = linkHeader(linkType, bytes);
  return header?.etherType === etherTypes.ipv4 ? bytes.subarray(header.length) : undefined;
}

/** Values of the EtherType field (IEEE 802 numbers registry). */
const etherTypes = { ipv4: 0x0800, ipv6: 0x86dd } as const;

/** Says whether a captured frame is of IPv6, which {@link packetOf} does not decode. */
export const isIpv6 = ({ linkType, bytes }: Pick<CapturedPacket, 'linkType' | 'bytes'>): boolean =>
  linkHeader(linkType, bytes)?.etherType === etherTypes.ipv6;

/** Says whether frames of this link type can be decoded. */
export const isReadable = (linkType: number): boolean =>
  linkType === linkTypes.nflog || linkHeader(linkType, new Uint8Array(0)) !== undefined;

function linkHeader(linkType: number, bytes: Uint8Array): { length: number; etherType: number } | undefined {
  if (linkType === linkTypes.linuxSll) return { length: 16, etherType: u16(bytes, 14) };
  if (linkType === linkTypes.linuxSll2) return { length: 20, etherType: u16(bytes, 0) };
  // Packets without a header, or behind the protocol family in the byte order of their machine.
  if (linkType === linkTypes.raw || linkType === linkTypes.ipv4)
    return { length: 0, etherType: byVersion(bytes[0]) };
  if (linkType === linkTypes.null || linkType === linkTypes.loop)
    return { length: 4, etherType: byVersion(bytes[4]) };
  if (linkType !== linkTypes.ethernet) return undefined;
  const tagged = u16(bytes, 12) === 0x8100; // IEEE 802.1Q
  return tagged ? { length: 18, etherType: u16(bytes, 16) } : { length: 14, etherType: u16(bytes, 12) };
}

/** Tells by the first byte of a packet what it is. */
function byVersion(first = 0): number {
  return { 4: etherTypes.ipv4, 6: etherTypes.ipv6 }[first >> 4] ?? 0;
}

/** Decodes an IPv4 packet; undefined when the bytes are none. Nothing in the bytes makes it throw. */
export function decodeIpv4(bytes: Uint8Array): Ipv4Packet | undefined {
  return decode(bytes, true);
}

function decode(bytes: Uint8Array, mayNest: boolean): Ipv4Packet | undefined {
  const first = bytes[0] ?? 0;
  const headerLength = (first & 0x0f) * 4;
  if (first >> 4 !== 4 || headerLength < 20 || bytes.length < headerLength) return undefined;
  const total = u16(bytes, 2);
  // The length is zero in a segment that the network card was to cut (TSO), because it exceeds the field.
  const end = total >= headerLength && total < bytes.length ? total : bytes.length;
  const body = bytes.subarray(headerLength, end);
  const fragmentField = u16(bytes, 6);
  const fragment = (fragmentField & 0x1fff) !== 0 ? 'later' : (fragmentField & 0x2000) !== 0 ? 'first' : 'no';
  const facts = {
    src: dotted(bytes, 12),
    dst: dotted(bytes, 16),
    length: total > 0 ? total : bytes.length,
    fragment,
  } as const;
  return withTransport(facts, bytes[9] ?? 0, body, mayNest);
}

/** Decodes what an IPv4 packet carries. @param number IANA protocol number */
export function withTransport(
  facts: Pick<Ipv4Facts, IpFields>,
  number: number,
  body: Uint8Array,
  mayNest = true,
): Ipv4Packet {
  if (facts.fragment !== 'later' && body.length >= 8) {
    if (number === 6) return { ...facts, ...tcp(body) };
    if (number === 17) return { ...facts, ...udp(body) };
    if (number === 1) return { ...facts, ...icmp(body, mayNest) };
  }
  return { ...facts, protocol: 'other', number, payload: body };
}

/** The fields that come from the IP header and not from the transports' decoders. */
type IpFields = 'src' | 'dst' | 'length' | 'fragment';

function tcp(body: Uint8Array): Omit<TcpPacket, IpFields> {
  const ports = { protocol: 'tcp', sport: u16(body, 0), dport: u16(body, 2), seq: u32(body, 4) } as const;
  const headerLength = ((body[12] ?? 0) >> 4) * 4;
  if (body.length < 20 || headerLength < 20) return { ...ports, payload: body.subarray(body.length) };
  const bits = body[13] ?? 0;
  const flags = {
    fin: (bits & 1) !== 0,
    syn: (bits & 2) !== 0,
    rst: (bits & 4) !== 0,
    psh: (bits & 8) !== 0,
    ack: (bits & 16) !== 0,
  };
  return { ...ports, ...(flags.ack && { ack: u32(body, 8) }), flags, payload: body.subarray(headerLength) };
}

function udp(body: Uint8Array): Omit<UdpPacket, IpFields> {
  const length = u16(body, 4);
  const end = length >= 8 && length < body.length ? length : body.length;
  return { protocol: 'udp', sport: u16(body, 0), dport: u16(body, 2), payload: body.subarray(8, end) };
}

/**
 * The ICMP errors that carry a packet: destination unreachable, source quench, redirect, time exceeded,
 * parameter problem.
 */
const icmpErrors = new Set([3, 4, 5, 11, 12]);

function icmp(body: Uint8Array, mayNest: boolean): Omit<IcmpPacket, IpFields> {
  const type = body[0] ?? 0;
  // An error is never about an error (RFC 1122 3.2.2), so deeper nesting can only be forged.
  const about = mayNest && icmpErrors.has(type) ? decode(body.subarray(8), false) : undefined;
  return { protocol: 'icmp', type, code: body[1] ?? 0, ...(about && { about }), payload: body.subarray(8) };
}

function dotted(bytes: Uint8Array, offset: number): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

function u16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

function u32(bytes: Uint8Array, offset: number): number {
  return u16(bytes, offset) * 0x10000 + u16(bytes, offset + 2);
}
