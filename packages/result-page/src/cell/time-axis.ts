/**
 * The time axis of a sequence diagram: as long as it can be it is to scale, one scale for the whole diagram. Messages that
 * follow each other so soon that their labels would overlap are spread, and a wait so long that nothing else could be seen is
 * folded; both are parts of the axis that are drawn differently, so that nobody takes them for the scale. A longer time is never
 * drawn shorter than a shorter one.
 */
export interface TimeAxis {
  readonly pixelsPerMs: number;
  /** The height of each of the moments, in their order. */
  readonly heights: readonly number[];
  /** From the beginning to the end, without holes. */
  readonly parts: readonly AxisPart[];
  readonly height: number;
}

export interface AxisPart {
  readonly kind: 'scale' | 'spread' | 'folded';
  readonly fromMs: number;
  readonly toMs: number;
  /** Pixels from the top. */
  readonly from: number;
  readonly to: number;
}

/** Pixels between two messages, which a line of text fits into. */
export const rowHeight = 32;
/** Pixels of the longest wait that is drawn to scale. */
export const foldFrom = 3 * rowHeight;
/** Milliseconds of the shortest time that the scale is chosen for; the clock of a capture is no better. */
const shortest = 0.001;
/** Pixels that a wait is longer which is twice as long, once it is folded. */
const pixelsPerDoubling = 8;

/**
 * Lays an axis.
 * @param moments milliseconds, in order; the axis begins at 0, or at the first one if that is before
 * @param endMs where the axis ends, at the last moment or later
 */
export function layTimeAxis(moments: readonly number[], endMs: number): TimeAxis {
  const pixelsPerMs = chooseScale(moments);
  const parts: AxisPart[] = [];
  let ms = Math.min(0, moments[0] ?? 0);
  let top = 0;
  const goTo = (next: number): number => {
    const toScale = (next - ms) * pixelsPerMs;
    const kind = toScale < rowHeight ? 'spread' : toScale > foldFrom ? 'folded' : 'scale';
    const length = kind === 'scale' ? toScale : kind === 'spread' ? rowHeight : folded(toScale);
    parts.push({ kind, fromMs: ms, toMs: next, from: top, to: top + length });
    ms = next;
    top += length;
    return top;
  };
  const heights = moments.map(goTo);
  goTo(Math.max(endMs, ms));
  return { pixelsPerMs, heights, parts, height: top };
}

const folded = (toScale: number): number => foldFrom + pixelsPerDoubling * Math.log2(toScale / foldFrom);

/** Where a moment is on an axis. */
export function heightAt(axis: TimeAxis, ms: number): number {
  const part = axis.parts.find((one) => ms <= one.toMs) ?? axis.parts.at(-1);
  if (!part) return 0;
  const share = part.toMs === part.fromMs ? 1 : (ms - part.fromMs) / (part.toMs - part.fromMs);
  return part.from + Math.min(Math.max(share, 0), 1) * (part.to - part.from);
}

/**
 * The scale, 1, 2 or 5 times a power of 10, at which most of the times between two messages are drawn to scale. One that is folded
 * counts against it, since it takes more place than one that is spread.
 */
function chooseScale(moments: readonly number[]): number {
  const gaps = moments
    .map((ms, index) => ms - (moments[index - 1] ?? Math.min(0, ms)))
    .filter((gap) => gap >= shortest);
  if (gaps.length === 0) return rowHeight;
  const first = Math.floor(Math.log10(rowHeight / Math.max(...gaps)));
  const last = Math.ceil(Math.log10(foldFrom / Math.min(...gaps)));
  const scales = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index)).flatMap(
    (power) => [power, 2 * power, 5 * power],
  );
  const rated = scales.map((scale) => {
    const lengths = gaps.map((gap) => gap * scale);
    const toScale = lengths.filter((length) => length >= rowHeight && length <= foldFrom);
    const tooLong = lengths.filter((length) => length > foldFrom);
    return { scale, rating: toScale.length - tooLong.length / 2 };
  });
  return rated.reduce((best, one) => (one.rating > best.rating ? one : best)).scale;
}
