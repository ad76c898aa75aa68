/**
 * The anti-replay window of an inbound SA (RFC 4303 section 3.4.3): the highest sequence number seen, and which of
 * those up to `width` below it were seen.
 */
export class ReplayWindow {
  private highest = 0;
  /** Bit n is set if the sequence number `highest` - n was seen. */
  private seen = 0n;
  private readonly mask: bigint;

  /** @param width in packets; RFC 4303 asks for 32 at least, and recommends 64 */
  constructor(readonly width: 32 | 64 = 64) {
    this.mask = (1n << BigInt(width)) - 1n;
  }

  /** Says whether a packet with this sequence number may be new. */
  mayBeNew(sequence: number): boolean {
    if (sequence === 0) return false;
    if (sequence > this.highest) return true;
    const behind = this.highest - sequence;
    return behind < this.width && ((this.seen >> BigInt(behind)) & 1n) === 0n;
  }

  /**
   * Notes the sequence number of an authentic packet that may be new.
   * @returns whether it is the highest so far
   */
  note(sequence: number): boolean {
    if (sequence <= this.highest) {
      this.seen |= 1n << BigInt(this.highest - sequence);
      return false;
    }
    const ahead = sequence - this.highest;
    this.seen = ahead >= this.width ? 1n : ((this.seen << BigInt(ahead)) | 1n) & this.mask;
    this.highest = sequence;
    return true;
  }
}
