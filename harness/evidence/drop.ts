import type { Decisive } from '../../firewalls/rules';
import type { PacketFacts } from './facts';
import { describePacket } from './describe';
import type { DeniedPacket } from './denied-packet';
import { readPacket } from './identifiers';
import { decodeNflog, type Hook } from './nflog';
import { decodeIpv4, type Ipv4Packet } from './packet';
import { linkTypes, type CapturedPacket } from './pcap';

/** A packet that a firewall dropped or rejected by rule, decoded from its log. */
export interface Drop extends DeniedPacket {
  /** Id of the rule, from its log prefix. */
  readonly rule: string;
  readonly chain: Hook;
  /** Number of its record in the firewall's nflog stream, from 1. */
  readonly frame: number;
}

/** The facts about a rule beside its id. */
export interface RuleFacts {
  /** The rule in words. */
  readonly statement: string;
  readonly decisive: Decisive;
}

/**
 * Looks a rule up by the id in its log prefix. Returns undefined for a rule that does not come from the
 * catalogue.
 */
export type RuleLookup = (rule: string) => RuleFacts | undefined;

/**
 * Longest plausible time, in ms, between the kernel's time of a packet and tcpdump's time of reading it. The
 * kernel's time is more exact, but it is only used within this limit, because forwarded TCP segments were seen
 * to carry another clock's time.
 */
const longestQueueMs = 5_000;

/** Decodes one record of the nflog stream of `firewall`; undefined when it is not a logged IPv4 packet. */
export function decodeDrop(captured: CapturedPacket, firewall: string): Drop | undefined {
  if (captured.linkType !== linkTypes.nflog) return undefined;
  const logged = decodeNflog(captured.bytes, captured.littleEndian);
  const packet = logged?.payload && decodeIpv4(logged.payload);
  if (!logged || !packet || logged.hook === undefined) return undefined;
  const queued = logged.at === undefined ? -1 : captured.at - logged.at;
  const at = queued >= 0 && queued < longestQueueMs ? captured.at - queued : captured.at;
  const { frame } = captured;
  return {
    firewall,
    rule: logged.prefix,
    chain: logged.hook,
    frame,
    at,
    packet,
    readable: readPacket(packet),
  };
}

/** Returns the facts of a packet that evidence shows. */
export function packetFactsOf(packet: Ipv4Packet): PacketFacts {
  const { src, sport, dst, dport } = packet;
  const ports = sport === undefined ? {} : { sport, dport };
  return { protocol: protocolOf(packet), src, dst, ...ports, summary: describePacket(packet) };
}

function protocolOf(packet: Ipv4Packet): string {
  if (packet.protocol !== 'other') return packet.protocol;
  const names: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 50: 'esp', 51: 'ah' };
  return names[packet.number] ?? `ip-${packet.number}`;
}
