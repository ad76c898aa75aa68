/**
 * Writes a duration for a reader, in the unit that suits it, with three significant digits at most: `0.4 ms`, `32 s`,
 * `2 min 5 s`.
 * @param ms milliseconds
 */
export function milliseconds(ms: number): string {
  if (ms < 0) return `-${milliseconds(-ms)}`;
  if (ms < 999.5) return `${significant(ms)} ms`;
  if (ms < 59_950) return `${significant(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  const rest = seconds % 60;
  return `${(seconds - rest) / 60} min${rest === 0 ? '' : ` ${rest} s`}`;
}

/** Three significant digits, no more than two of them behind the point. */
const significant = (value: number): string =>
  String(Number(value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0)));
