import { isDeepStrictEqual } from 'node:util';
import { oneLine } from '../../kit/one-line';
import { decodeDrop, packetFactsOf, type Drop } from './drop';
import type { PacketFacts } from './facts';
import { packetOf, type Ipv4Packet } from './packet';
import type { CapturedPacket } from './pcap';

/** A frame of a capture that an item of evidence rests on, and a way to see whether the frame is what the item says. */
export interface Citation {
  /** Path of the capture in the run's folder. */
  readonly capture: string;
  /** Number of the frame, from 1. */
  readonly frame: number;
  /** Returns what the frame is, if it is not what the item says of it. */
  differs(captured: CapturedPacket): string | undefined;
}

/** A place in a capture as evidence has it. */
interface Place {
  readonly capture: string;
  readonly frame: number;
  readonly at: number;
}

/** Longest difference, in ms, between times of one packet: JSON keeps all their digits. */
const sameTimeMs = 0.01;

/**
 * Returns the citation of a packet at a place.
 *
 * @param isAsSaid says whether the packet is what the evidence says of it
 * @param isOwn says whether it belongs to the attempt as the evidence says
 */
export function citationOf(
  { capture, frame, at }: Place,
  isAsSaid: (packet: Ipv4Packet) => boolean,
  isOwn: (packet: Ipv4Packet) => boolean = () => true,
): Citation {
  return {
    capture,
    frame,
    differs: (captured) => {
      const packet = packetOf(captured);
      if (!packet) return 'no packet of IPv4';
      if (Math.abs(captured.at - at) > sameTimeMs) return `a packet of ${timeWords(captured.at)}`;
      if (!isAsSaid(packet)) return packetWords(packetFactsOf(packet));
      return isOwn(packet) ? undefined : notOwn;
    },
  };
}

const notOwn = 'no packet that belongs to the attempt as the evidence says';

/** What evidence says of a packet that a firewall denied. */
export interface DeniedFacts {
  readonly firewall: string;
  readonly rule: string;
  readonly chain: string;
  readonly at: number;
  readonly packet: PacketFacts;
}

/**
 * Returns the citation of a packet in the capture of what a firewall denied, where its rule stands with it.
 *
 * @param isOwn says whether the denied packet belongs to the attempt as the evidence says
 */
export function denialOf(
  { capture, frame }: Pick<Place, 'capture' | 'frame'>,
  { firewall, rule, chain, at, packet }: DeniedFacts,
  isOwn: (drop: Drop) => boolean,
): Citation {
  return {
    capture,
    frame,
    differs: (captured) => {
      const drop = decodeDrop(captured, firewall);
      if (!drop) return 'no packet that a firewall denied';
      const seen = packetFactsOf(drop.packet);
      if (drop.rule !== rule) return `a packet that the rule ${oneLine(drop.rule)} denied`;
      if (drop.chain !== chain) return `a packet that was denied in ${drop.chain}`;
      if (!isDeepStrictEqual(seen, packet)) return packetWords(seen);
      if (Math.abs(drop.at - at) > sameTimeMs) return `a packet of ${timeWords(drop.at)}`;
      return isOwn(drop) ? undefined : notOwn;
    },
  };
}

const timeWords = (at: number): string => new Date(at).toISOString();

/** Says in words what a packet is: `udp 10.89.3.2:5060 > 198.18.0.10:5060, SIP REGISTER`. */
export function packetWords({ protocol, src, sport, dst, dport, summary }: PacketFacts): string {
  const end = (ip: string, port?: number): string => (port === undefined ? ip : `${ip}:${port}`);
  return `${protocol} ${end(src, sport)} > ${end(dst, dport)}, ${oneLine(summary)}`;
}
