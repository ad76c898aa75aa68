/** A stretch of a stream. */
interface Piece {
  /** Offset of its first byte in the stream. */
  readonly start: number;
  readonly bytes: Buffer;
}

/** Bytes that all streams together may hold. */
export class Room {
  held = 0;
  constructor(readonly size: number) {}
}

/** Bytes that a piece costs besides its own, so that a great many short pieces are bounded too. */
const overhead = 64;

/**
 * The stream of one direction of a TCP connection, put together from segments that come in any order, overlapping and
 * repeated.
 *
 * It keeps every byte that it has seen and that the receiver has not acknowledged. Such a byte may still come
 * again, and it is unknown which of two versions the receiver would take, so a segment that contradicts a kept byte
 * is refused. A segment that would need more room than there is is refused too; its sender repeats it.
 */
export class Reassembly {
  /** In order of their offsets, without overlaps. */
  private pieces: Piece[] = [];
  private held = 0;
  /** Number of bytes, in order from the beginning, that were handed out. */
  private delivered = 0;
  private acknowledged = 0;

  /**
   * @param next sequence number of the stream's first byte
   * @param limit bytes that this stream may hold; at most half of them may be out of order
   * @param room bytes that it shares with other streams, with the same limit for those out of order
   */
  constructor(
    private next: number,
    private readonly limit: number,
    private readonly room: Room,
  ) {}

  /** Number of bytes that it has handed out. */
  get length(): number {
    return this.delivered;
  }

  /**
   * Returns the offset in the stream of the byte with this sequence number; of several,
   * the one nearest to the next byte.
   */
  offsetOf(sequence: number): number {
    return this.delivered + ((sequence - this.next) | 0);
  }

  /**
   * Takes a segment.
   *
   * @param sequence sequence number of its first byte
   * @param data bytes of the segment; those that are kept are copied
   * @returns the bytes with which the stream goes on, none if there is a gap; undefined if the segment is refused
   */
  take(sequence: number, data: Buffer): Buffer | undefined {
    let start = this.offsetOf(sequence);
    const end = start + data.length;
    // The receiver has acknowledged these bytes and takes no other version of them.
    if (start < this.acknowledged) {
      data = data.subarray(Math.min(data.length, this.acknowledged - start));
      start = this.acknowledged;
    }
    const fresh: Piece[] = [];
    let at = start;
    for (const piece of this.pieces) {
      const pieceEnd = piece.start + piece.bytes.length;
      if (pieceEnd <= at) continue;
      if (piece.start >= end) break;
      if (piece.start > at) fresh.push({ start: at, bytes: data.subarray(at - start, piece.start - start) });
      const from = Math.max(at, piece.start);
      const to = Math.min(end, pieceEnd);
      const same = piece.bytes
        .subarray(from - piece.start, to - piece.start)
        .equals(data.subarray(from - start, to - start));
      if (!same) return undefined;
      at = to;
    }
    if (at < end) fresh.push({ start: at, bytes: data.subarray(at - start) });
    const cost = fresh.reduce((sum, { bytes }) => sum + bytes.length + overhead, 0);
    if (cost === 0) return Buffer.alloc(0);
    // A piece that closes a gap must find room, no matter how much waits behind the gap.
    const share = start <= this.delivered ? 1 : 0.5;
    if (this.held + cost > this.limit * share || this.room.held + cost > this.room.size * share)
      return undefined;
    this.hold(cost);
    this.pieces.push(...fresh.map((piece) => ({ start: piece.start, bytes: Buffer.from(piece.bytes) })));
    this.pieces.sort((a, b) => a.start - b.start);
    return this.advance();
  }

  /** The receiver says that it has every byte before this sequence number. */
  acknowledge(sequence: number): void {
    const to = this.offsetOf(sequence);
    // The end of a stream (FIN) counts as one more byte. The receiver cannot acknowledge bytes
    // beyond that, as none have passed.
    if (to <= this.acknowledged || to > this.delivered + 1) return;
    this.acknowledged = Math.min(to, this.delivered);
    const kept: Piece[] = [];
    for (const piece of this.pieces) {
      const { start, bytes } = piece;
      if (start >= this.acknowledged) kept.push(piece);
      else if (start + bytes.length <= this.acknowledged) this.hold(-bytes.length - overhead);
      else {
        const gone = this.acknowledged - start;
        this.hold(-gone);
        kept.push({ start: this.acknowledged, bytes: bytes.subarray(gone) });
      }
    }
    this.pieces = kept;
  }

  /** Frees its room. It must not be given another segment. */
  drop(): void {
    this.hold(-this.held);
    this.pieces = [];
  }

  private advance(): Buffer {
    const ready: Buffer[] = [];
    for (const { start, bytes } of this.pieces) {
      if (start > this.delivered) break;
      const more = bytes.subarray(this.delivered - start);
      if (more.length === 0 || start + bytes.length <= this.delivered) continue;
      ready.push(more);
      this.delivered += more.length;
    }
    const bytes = ready.length === 1 ? ready[0]! : Buffer.concat(ready);
    this.next = (this.next + bytes.length) | 0;
    return bytes;
  }

  private hold(bytes: number): void {
    this.held += bytes;
    this.room.held += bytes;
  }
}
