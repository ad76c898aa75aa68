import { wallClock } from '../timers';
import type { ReportBlock, SenderInfo } from './rtcp-packet';
import { middleOf } from './rtcp-packet';
import type { RtpPacket } from './rtp-packet';

/** Times of the first and the last packet, by the wall clock in milliseconds since 1970, and the longest gap. */
export interface Arrivals {
  readonly first?: number;
  readonly last?: number;
  /** Longest time between two arrivals, in milliseconds. */
  readonly longestGapMs: number;
}

/** Number of earlier sequence numbers among which duplicates are recognised (RFC 3550 A.1, MAX_MISORDER). */
const maxMisorder = 100;
const cycle = 0x1_0000;

/** Statistics of the packets that are received from one source of RTP (RFC 3550 6.4.1, A.1, A.3 and A.8). */
export class Reception {
  private base = 0;
  private highest = 0;
  private recent = new Set<number>();
  private jitterUnits = 0;
  private jitterSum = 0;
  private jitterMost = 0;
  private jitterCount = 0;
  private transit: number | undefined;
  private expectedBefore = 0;
  private receivedBefore = 0;
  private lastSender: { readonly middle: number; readonly at: number } | undefined;
  private firstAt: number | undefined;
  private lastAt: number | undefined;
  private longestGap = 0;
  /** Number of packets without duplicates. */
  packets = 0;
  /** Bytes of payload. */
  octets = 0;
  duplicates = 0;
  reordered = 0;

  constructor(
    readonly ssrc: number,
    private readonly clockRate: number,
  ) {}

  get arrivals(): Arrivals {
    return { first: this.firstAt, last: this.lastAt, longestGapMs: this.longestGap };
  }

  /** Number of packets from the first to the highest sequence number. */
  get expected(): number {
    return this.firstAt === undefined ? 0 : this.highest - this.base + 1;
  }

  get lost(): number {
    return Math.max(0, this.expected - this.packets);
  }

  /**
   * Interarrival jitter in milliseconds: the value of the filter of A.8 after the last packet, and the mean and
   * the maximum of its values after each packet. The filter forgets half within eleven packets, so its last
   * value says little about a call.
   */
  get jitter(): { readonly last: number; readonly mean: number; readonly max: number } {
    const ms = (units: number): number => (units / this.clockRate) * 1000;
    const mean = this.jitterCount > 0 ? this.jitterSum / this.jitterCount : 0;
    return { last: ms(this.jitterUnits), mean: ms(mean), max: ms(this.jitterMost) };
  }

  /** Counts a packet. @param at time at which it came, by the wall clock in milliseconds */
  take({ sequence, timestamp, payload }: RtpPacket, at = wallClock()): void {
    if (this.firstAt === undefined) {
      this.firstAt = at;
      this.base = sequence;
      this.highest = sequence;
    } else {
      this.longestGap = Math.max(this.longestGap, at - (this.lastAt ?? at));
    }
    this.lastAt = at;
    const extended = this.extend(sequence);
    if (this.recent.has(extended)) {
      this.duplicates++;
      return;
    }
    this.note(extended);
    this.packets++;
    this.octets += payload.length;
    this.measureJitter(timestamp, at);
  }

  /** Takes a sender's report, to which the next report of this end refers. */
  takeSenderInfo({ ntp }: SenderInfo, at = wallClock()): void {
    this.lastSender = { middle: middleOf(ntp), at };
  }

  /** Makes the report on this source (A.3), and begins a new interval for the fraction lost. */
  report(at = wallClock()): ReportBlock {
    const expected = this.expected - this.expectedBefore;
    const lost = expected - (this.packets - this.receivedBefore);
    this.expectedBefore = this.expected;
    this.receivedBefore = this.packets;
    return {
      ssrc: this.ssrc,
      fractionLost: expected > 0 && lost > 0 ? Math.min(255, Math.floor((256 * lost) / expected)) : 0,
      lost: Math.max(-0x80_0000, Math.min(0x7f_ffff, this.expected - this.packets)),
      highestSequence: this.highest % 0x1_0000_0000,
      jitter: Math.floor(this.jitterUnits),
      lastReport: this.lastSender?.middle ?? 0,
      delay: this.lastSender ? Math.round(((at - this.lastSender.at) * 65_536) / 1000) % 0x1_0000_0000 : 0,
    };
  }

  /** Extends a sequence number by its cycles (A.1). A jump far ahead counts as loss. */
  private extend(sequence: number): number {
    const ahead = (sequence - (this.highest % cycle) + cycle) % cycle;
    if (ahead < cycle / 2) return this.highest + ahead;
    return this.highest - (cycle - ahead);
  }

  private note(extended: number): void {
    this.recent.add(extended);
    if (extended < this.highest) this.reordered++;
    // A packet before the first one came late, so the count begins with it.
    if (extended < this.base) this.base = extended;
    this.highest = Math.max(this.highest, extended);
    if (this.recent.size <= 2 * maxMisorder) return;
    for (const old of this.recent) if (old < this.highest - maxMisorder) this.recent.delete(old);
  }

  /** Updates the jitter (A.8): J += (|D| - J) / 16, where D is the difference of the transit times of two packets. */
  private measureJitter(timestamp: number, at: number): void {
    const transit = (at / 1000) * this.clockRate - timestamp;
    if (this.transit !== undefined) {
      // The timestamp wraps around at 32 bits, so the smaller of the two differences is the true one.
      const span = 0x1_0000_0000;
      const raw = Math.abs(transit - this.transit) % span;
      const difference = Math.min(raw, span - raw);
      this.jitterUnits += (difference - this.jitterUnits) / 16;
      this.jitterSum += this.jitterUnits;
      this.jitterCount++;
      this.jitterMost = Math.max(this.jitterMost, this.jitterUnits);
    }
    this.transit = transit;
  }
}
