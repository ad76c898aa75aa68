import type { Arrow } from './sequence';

/** An arrow while it is made. */
export interface Draft extends Arrow {
  /** True if one arrow can stand for many of its kind, whatever is between them. */
  readonly isBulk?: true;
}

/** Most arrows of one sequence. */
export const mostArrows = 200;
/** Of too many, so many are kept of the end. */
const keptOfTheEnd = 60;

/**
 * Makes one arrow of messages of the same kind that follow each other, such as a request that is sent again. Those that
 * come in bulk, such as the packets of two RTP streams, are also joined across others that come in bulk.
 */
export class Folder {
  private readonly folded: { arrow: Draft; key: string; count: number; lastAt: number }[] = [];
  /** Indices of the bulk arrows since the last one that was none, by key. */
  private readonly open = new Map<string, number>();

  /** @param key the same for two arrows that show the same */
  add(arrow: Draft, key = keyOf(arrow)): void {
    if (this.join(key, arrow.lastAt, arrow.count)) return;
    if (!arrow.isBulk) this.open.clear();
    else this.open.set(key, this.folded.length);
    this.folded.push({ arrow, key, count: arrow.count, lastAt: arrow.lastAt });
  }

  /** Joins messages to an arrow that there is already. @returns false if there is none that they can be joined to */
  join(key: string, lastAt: number, count = 1): boolean {
    const index = this.open.get(key);
    const known = index === undefined ? this.folded.at(-1) : this.folded[index];
    if (known?.key !== key) return false;
    known.count += count;
    known.lastAt = Math.max(known.lastAt, lastAt);
    return true;
  }

  get length(): number {
    return this.folded.length;
  }

  get arrows(): Draft[] {
    return this.folded.map(({ arrow, count, lastAt }) => ({ ...arrow, count, lastAt }));
  }
}

/** Two arrows with the same key show the same. */
function keyOf(arrow: Draft): string {
  const { from, to, protocol, label, carriers, source, destination, isBulk, text, denied } = arrow;
  const ends = [source.ip, source.port, destination.ip, destination.port];
  // Of a bulk the first one's text stands for all.
  return JSON.stringify([from, to, protocol, label, carriers, ends, isBulk ? true : text, denied?.rule]);
}

/** Folds arrows in order of time. @returns at most {@link mostArrows}, and the number of messages that are left out */
export function fold(drafts: readonly Draft[]): { arrows: Arrow[]; leftOut: number } {
  const folder = new Folder();
  for (const draft of [...drafts].sort((a, b) => a.at - b.at || a.place.frame - b.place.frame))
    folder.add(draft);
  const all = folder.arrows.map(({ isBulk: _, ...arrow }): Arrow => arrow);
  if (all.length <= mostArrows) return { arrows: all, leftOut: 0 };
  const end = all.length - keptOfTheEnd;
  const dropped = all.slice(mostArrows - keptOfTheEnd, end);
  return {
    arrows: [...all.slice(0, mostArrows - keptOfTheEnd), ...all.slice(end)],
    leftOut: dropped.reduce((sum, { count }) => sum + count, 0),
  };
}
