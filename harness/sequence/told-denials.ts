import { describePacket } from '../evidence/describe';
import type { PacketFacts } from '../evidence/facts';
import type { Ipv4Packet } from '../evidence/packet';
import type { AttemptResult } from '../judge/result';
import { endsOf } from './denials';
import type { Denial } from './sequence';

/** The name of the rule of a firewall that tells nothing of what it denies. */
export const unknownRule = 'unknown';

/** A denied packet of which only the evidence tells. */
export interface ToldDenial {
  readonly packet: PacketFacts;
  readonly denial: Denial;
  /** When the first and the last such packet was denied, ms since the epoch. */
  readonly at: number;
  readonly lastAt: number;
  count: number;
}

/** Milliseconds by which two captures may date one packet differently, and in which it gets from one to the other. */
const toleranceMs = 200;

/**
 * The denied packets of an attempt that are in no capture of denied packets: because the firewall logs none, so that
 * they were seen to vanish, or because that capture is missing.
 */
export class ToldDenials {
  private readonly told: ToldDenial[];

  /** @param isLogMissing true if the capture of the denied packets is not there */
  constructor({ evidence }: Pick<AttemptResult, 'evidence'>, isLogMissing: boolean) {
    this.told = evidence.flatMap((item): ToldDenial[] => {
      if (item.kind !== 'vanished' && !(item.kind === 'drop' && isLogMissing)) return [];
      const { firewall, at, lastAt, packet, count } = item;
      const place =
        item.kind === 'vanished'
          ? { capture: item.entered.capture, frame: item.entered.frame }
          : { capture: item.capture ?? '', frame: item.frame ?? 1 };
      const rule = item.kind === 'vanished' ? unknownRule : item.rule;
      return [{ packet, denial: { firewall, rule, at, place }, at, lastAt, count }];
    });
  }

  /** Returns the denial of a packet that was captured on its way to the firewall. */
  take(packet: Ipv4Packet, at: number): Denial | undefined {
    const found = this.told.find(
      (one) =>
        one.count > 0 &&
        at >= one.at - toleranceMs &&
        at <= one.lastAt + toleranceMs &&
        endsOf(one.packet) === endsOf(packet) &&
        one.packet.summary === describePacket(packet),
    );
    if (!found) return undefined;
    found.count--;
    return found.denial;
  }

  /** Returns those that no other capture has. */
  get left(): readonly ToldDenial[] {
    return this.told.filter(({ count }) => count > 0);
  }
}
