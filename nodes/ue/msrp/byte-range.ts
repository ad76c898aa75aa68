/** The range of a message's bytes that a chunk holds, counted from 1 (RFC 4975 7.1.1). */
export interface ByteRange {
  readonly start: number;
  /** The last byte; undefined if the sender left it open. */
  readonly end: number | undefined;
  /** Bytes of the whole message; undefined if the sender does not know. */
  readonly total: number | undefined;
}

const pattern = /^(\d{1,15})-(\d{1,15}|\*)\/(\d{1,15}|\*)$/;

/** Reads a Byte-Range; undefined if the text is none. An empty message has `1-0/0`. */
export function readByteRange(text: string): ByteRange | undefined {
  const [, start, end, total] = pattern.exec(text) ?? [];
  if (start === undefined || end === undefined || total === undefined) return undefined;
  const range = { start: Number(start), end: numberOf(end), total: numberOf(total) };
  const last = range.end ?? range.start - 1;
  const fits = range.start >= 1 && last >= range.start - 1 && last <= (range.total ?? last);
  return fits ? range : undefined;
}

export function writeByteRange({ start, end, total }: ByteRange): string {
  return `${start}-${end ?? '*'}/${total ?? '*'}`;
}

function numberOf(text: string): number | undefined {
  return text === '*' ? undefined : Number(text);
}

/** Keeps track of which bytes of a message are there. */
export class Coverage {
  /** The spans of bytes that are there, in order and with gaps between them; both ends belong to a span. */
  private spans: { first: number; last: number }[] = [];

  add(first: number, last: number): void {
    if (last < first) return;
    const joined = { first, last };
    const apart = this.spans.filter((span) => {
      if (span.last < first - 1 || span.first > last + 1) return true;
      joined.first = Math.min(joined.first, span.first);
      joined.last = Math.max(joined.last, span.last);
      return false;
    });
    this.spans = [...apart, joined].sort((a, b) => a.first - b.first);
  }

  /** Says whether all bytes from 1 to `total` are there, and no others. */
  isWhole(total: number): boolean {
    const [span, ...others] = this.spans;
    if (total === 0) return span === undefined;
    return others.length === 0 && span?.first === 1 && span.last === total;
  }

  /** Number of bytes that are there. */
  get bytes(): number {
    return this.spans.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  }
}
