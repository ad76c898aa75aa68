import { createHash } from 'node:crypto';
import { rangeOf, toNumber } from '../../kit/ipv4';
import type { Endpoint } from '../../nodes/ue/protocol';
import { espHeadOf, espKeyOf } from './esp';
import type { Ipv4Packet } from './packet';
import type { Side } from './vanished';

/** Where a firewall stands. */
export interface Border {
  /** Node id of the firewall. */
  readonly firewall: string;
  /** The access network (CIDR). */
  readonly subnet: string;
  /** The firewall's own address in the access network. */
  readonly inside: string;
  /** Its own address on the other side, which its NAPT uses. */
  readonly outside: string;
}

/** The way of a packet through a firewall: out of its access network, or into it. */
export type Way = 'outward' | 'inward';

/** The packet of a socket, or of ESP, at one side of a firewall. */
export interface Passing {
  readonly way: Way;
  /** Whether it comes to the firewall here, or goes from it. */
  readonly enters: boolean;
  /** `opening` is a SYN, or the answer to one; `esp` is ESP on IP or in UDP. */
  readonly kind: 'opening' | 'data' | 'reset' | 'datagram' | 'esp';
  readonly protocol: 'udp' | 'tcp' | 'esp';
  /**
   * The end in the access network; with the address that the NAPT gave it where it is seen outside. The port of ESP on IP
   * is 0.
   */
  readonly near: Endpoint;
  /** The end beyond the firewall, which is the same on both sides. */
  readonly far: Endpoint;
  /** Names its content among the packets of the same way, kind and far end. */
  readonly content: string;
  /** The sequence numbers of a segment, the last one excluded. */
  readonly bytes?: { readonly from: number; readonly to: number };
  /** The SPI of ESP. */
  readonly spi?: string;
}

/** The discard port (RFC 863), to which the lab sends its markers. */
const markerPort = 9;

/**
 * Says how a packet at one side passes a firewall. Returns undefined for one that does not pass through it, such as
 * what the access network has among its own nodes, and for one that says nothing by itself: a bare acknowledgement or
 * the end of a connection.
 */
export function passingOf(side: Side, packet: Ipv4Packet, border: Border): Passing | undefined {
  const esp = espHeadOf(packet);
  const protocol = packet.protocol === 'other' && esp ? ('esp' as const) : packet.protocol;
  if (protocol === 'icmp' || protocol === 'other') return undefined;
  const way = wayOf(side, packet, border);
  if (!way) return undefined;
  const source = { ip: packet.src, port: packet.sport ?? 0 };
  const destination = { ip: packet.dst, port: packet.dport ?? 0 };
  if (destination.port === markerPort) return undefined;
  const [near, far] = way === 'outward' ? [source, destination] : [destination, source];
  const ends = { way, enters: (way === 'outward') === (side === 'inside'), protocol, near, far };
  if (esp) return { ...ends, kind: 'esp', content: espKeyOf(packet) ?? hashOf(packet), spi: esp.spi };
  if (packet.protocol !== 'tcp') return { ...ends, kind: 'datagram', content: hashOf(packet) };
  const { flags, seq, payload } = packet;
  const kind = flags?.rst ? 'reset' : flags?.syn ? 'opening' : payload.length > 0 ? 'data' : undefined;
  if (!kind) return undefined;
  const to = (seq + Math.max(payload.length, 1)) >>> 0;
  return { ...ends, kind, content: `${seq}`, bytes: { from: seq, to } };
}

const hashOf = ({ payload }: Ipv4Packet): string => createHash('sha1').update(payload).digest('base64');

function wayOf(side: Side, { src, dst }: Ipv4Packet, { subnet, outside }: Border): Way | undefined {
  const { first, last } = rangeOf(subnet);
  const isNear = (ip: string): boolean =>
    (toNumber(ip) >= first && toNumber(ip) <= last) || (side === 'outside' && ip === outside);
  if (isNear(src) === isNear(dst)) return undefined;
  return isNear(src) ? 'outward' : 'inward';
}

/** Says whether a segment has a byte of this sequence number. Sequence numbers wrap at 2^32 (RFC 9293 3.4). */
export const covers = ({ bytes }: Pick<Passing, 'bytes'>, number: number): boolean =>
  bytes !== undefined && ((number - bytes.from) | 0) >= 0 && ((number - bytes.to) | 0) < 0;
