import { decodeDrop } from '../evidence/drop';
import { espHeadOf, espKeyOf, isOnEspPort } from '../evidence/esp';
import type { Ipv4Packet } from '../evidence/packet';
import type { AttemptResult } from '../judge/result';
import type { PcapItem } from '../evidence/pcap';
import type { Denial } from './sequence';

/** A packet that a firewall denied, with the place in the capture of those. */
export interface DeniedPacket {
  readonly packet: Ipv4Packet;
  readonly denial: Denial;
}

/**
 * What the firewall of a network denied. Each of these packets is taken once: by the arrow of the same packet in another
 * capture, or else by the attempt that has it as evidence.
 */
export class Denials {
  private readonly left = new Set<DeniedPacket>();
  private readonly byPacket = new Map<string, DeniedPacket[]>();
  private readonly byEnds = new Map<string, DeniedPacket[]>();

  /**
   * Takes an item of the capture of the denied packets.
   * @param firewall node id
   * @param capture its path in the run's folder
   */
  add(item: PcapItem, firewall: string, capture: string): void {
    const drop = item.kind === 'packet' ? decodeDrop(item, firewall) : undefined;
    if (!drop) return;
    const { rule, at, frame, packet } = drop;
    const denied = { packet, denial: { firewall, rule, at, place: { capture, frame } } };
    this.left.add(denied);
    push(this.byPacket, keyOf(packet), denied);
    push(this.byEnds, endsOf(packet), denied);
  }

  /** Returns the denial of a packet that was captured on its way to the firewall. */
  take(packet: Ipv4Packet, at: number): Denial | undefined {
    if (!this.byEnds.has(endsOf(packet))) return undefined;
    return this.takeFirst(this.byPacket.get(keyOf(packet)), at, () => true);
  }

  /** Returns the denial of a packet with these ends that has these bytes in it. */
  takeWith(wire: Buffer, ends: string, at: number): Denial | undefined {
    return this.takeFirst(
      this.byEnds.get(ends),
      at,
      ({ packet }) => Buffer.from(packet.payload).indexOf(wire) >= 0,
    );
  }

  /** Returns what is left of the denied packets that are evidence of an attempt. */
  takeOf({ evidence, identifiers }: Pick<AttemptResult, 'evidence' | 'identifiers'>): DeniedPacket[] {
    const { espSpis = [] } = identifiers;
    return evidence.flatMap((item) => {
      if (item.kind !== 'drop') return [];
      const { protocol, src, sport, dst, dport } = item.packet;
      const same = this.byEnds.get(endsOf({ protocol, src, sport, dst, dport })) ?? [];
      return same.filter((denied) => {
        const { rule, at } = denied.denial;
        const isOwn = rule === item.rule && at >= item.at - toleranceMs && at <= item.lastAt + toleranceMs;
        return isOwn && isOfAssociation(denied.packet, espSpis) && this.left.delete(denied);
      });
    });
  }

  private takeFirst(
    candidates: readonly DeniedPacket[] | undefined,
    at: number,
    isIt: (denied: DeniedPacket) => boolean,
  ): Denial | undefined {
    const found = candidates?.find(
      (denied) =>
        this.left.has(denied) &&
        denied.denial.at >= at - toleranceMs &&
        denied.denial.at <= at + longestWayMs &&
        isIt(denied),
    );
    if (found) this.left.delete(found);
    return found?.denial;
  }
}

/** Milliseconds by which two captures may date one packet differently. */
const toleranceMs = 5;
/** Longest time from a capture before the firewall to the firewall, ms; a packet is sent again after more than this. */
const longestWayMs = 200;

/**
 * Says whether a packet may be of an attempt with these SPIs. All ESP of a UE has the same ends, and so has what else comes
 * over the port of ESP in UDP.
 */
function isOfAssociation(packet: Ipv4Packet, spis: readonly string[]): boolean {
  const esp = espHeadOf(packet);
  return esp ? spis.includes(esp.spi) : !isOnEspPort(packet);
}

/** Returns the two ends of a packet, from its source to its destination. */
export function endsOf({
  protocol,
  src,
  sport,
  dst,
  dport,
}: {
  readonly protocol: string;
  readonly src: string;
  readonly sport?: number | undefined;
  readonly dst: string;
  readonly dport?: number | undefined;
}): string {
  return `${protocol} ${src}:${sport ?? ''} ${dst}:${dport ?? ''}`;
}

/** Bytes of the payload that tell a packet from the others with its ends. */
const told = 48;

/** Two captured packets with the same key are one packet, or one and its repetition. */
function keyOf(packet: Ipv4Packet): string {
  // A firewall that follows connections denies the whole packet of which the UE has sent fragments.
  const esp = espKeyOf(packet);
  if (esp !== undefined) return `${endsOf(packet)} ${esp}`;
  const { payload, length } = packet;
  const flags =
    packet.protocol === 'tcp' && packet.flags ? Object.values(packet.flags).map(Number).join('') : '';
  const seq = packet.protocol === 'tcp' ? packet.seq : '';
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, Math.min(payload.length, told));
  return `${endsOf(packet)} ${length} ${seq} ${flags} ${bytes.toString('latin1')}`;
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}
