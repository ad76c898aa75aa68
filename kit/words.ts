/** Numbers in words. */

/** Returns `1 cell`, `2 cells`... */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Returns seconds such as `13.2 s`. @param ms milliseconds */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Returns a short duration: `0.4 ms`, `41 ms`, `7.1 s`. @param ms milliseconds */
export function duration(ms: number): string {
  if (ms >= 999.5) return seconds(ms);
  return `${ms < 1 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`;
}
