/** A TCP segment with data: the number of its first byte, and its bytes. */
export interface Segment<T> {
  readonly seq: number;
  readonly bytes: Buffer;
  /** What goes with the bytes. */
  readonly of: T;
}

/**
 * Brings the segments of one direction of a TCP connection into the order of their bytes. On its way a segment can be
 * lost and sent again, or be overtaken, and then it stands in a capture twice or too late.
 */
export class SegmentOrder<T> {
  private next: number | undefined;
  /** Segments that came before the bytes in front of them. */
  private held: Segment<T>[] = [];

  /** Says whether bytes are awaited that stand in front of some that have come. */
  get hasGap(): boolean {
    return this.held.length > 0;
  }

  /** Takes a segment and returns what is next by now, each byte once. */
  push(segment: Segment<T>): Segment<T>[] {
    this.next ??= segment.seq;
    this.held.push(segment);
    this.held.sort((one, other) => one.seq - other.seq);
    const ready: Segment<T>[] = [];
    while (this.held.length > 0 && this.held[0]!.seq <= this.next) {
      const { seq, bytes, of } = this.held.shift()!;
      const fresh = bytes.subarray(this.next - seq);
      if (fresh.length === 0) continue;
      ready.push({ seq: this.next, bytes: fresh, of });
      this.next += fresh.length;
    }
    return ready;
  }
}
