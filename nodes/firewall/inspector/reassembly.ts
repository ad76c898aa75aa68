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

/** What a piece costs beside its bytes, so that very many very short ones are bounded too. */
const overhead = 64;

/**
 * The stream of one direction of a TCP connection, put together from segments that come in any order, overlapping and
 * repeated.
 *
 * It keeps every byte that it has seen and that the receiver has not acknowledged. Such a byte may still come again, and
 * which of two versions the receiver would take is its own affair: a segment that contradicts what is kept is refused. So
 * is one that would need more room than there is; its sender repeats it.
 */
export class Reassembly {
  /** In order of their offsets, without overlaps. */
  private pieces: Piece[] = [];
  private held = 0;
  /** Bytes in order, from the beginning, that were handed out. */
  private delivered = 0;
  private acknowledged = 0;

  /**
   * @param next sequence number of the stream's first byte
   * @param limit bytes that this stream may hold, half of them out of order
   * @param room that it shares with others, in the same way
   */
  constructor(
    private next: number,
    private readonly limit: number,
    private readonly room: Room,
  ) {}

  /** How many bytes it has handed out. */
  get length(): number {
    return this.delivered;
  }

  /** The offset in the stream of the byte with this sequence number, the one nearest to what is expected. */
  offsetOf(sequence: number): number {
    return this.delivered + ((sequence - this.next) | 0);
  }

  /**
   * Takes a segment.
   *
   * @param sequence of its first byte
   * @param data copied where it is kept
   * @returns the bytes with which the stream goes on, none where there is a gap; undefined where the segment is refused
   */
  take(sequence: number, data: Buffer): Buffer | undefined {
    let start = this.offsetOf(sequence);
    const end = start + data.length;
    // The receiver has these bytes and takes no others for them.
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
    // A piece that closes a gap must find room, however much waits behind the gap.
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
    // The end of a stream (FIN) counts as one more. What is beyond that was never sent to the receiver.
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

  /** Gives back its room; it takes nothing any more. */
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
