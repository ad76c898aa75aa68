/** Numbers in words. */

/** Returns `1 cell`, `2 cells`... @param many the noun for several, if it is not the one with an `s` */
export const plural = (count: number, noun: string, many = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : many}`;

/** Returns seconds such as `13.2 s`. @param ms milliseconds */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Returns a short duration: `0.04 ms`, `41 ms`, `7.1 s`. @param ms milliseconds */
export function duration(ms: number): string {
  if (ms >= 999.5) return seconds(ms);
  return `${ms < 1 ? Number(ms.toPrecision(1)) : Math.round(ms)} ms`;
}
