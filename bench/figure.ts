import { median } from '../kit/statistics';

/** One measured figure and what it is held against. */
export interface Figure {
  readonly name: string;
  readonly unit: 's' | 'ms' | 'MiB' | 'times';
  /** Of all counted runs, in the order in which they were made. */
  readonly values: readonly number[];
  /** Nothing where there is none to hold it against. */
  readonly limit?: number;
  /** Whether the figure has to stay below its limit, or reach it. */
  readonly wanted?: 'below' | 'at least';
}

/** Whether the median keeps to the limit. */
export function isMet({ values, limit, wanted }: Figure): boolean {
  if (limit === undefined) return true;
  return wanted === 'below' ? median(values) < limit : median(values) >= limit;
}

/** A figure as a line: median, range, limit as a ratio, and whether it is met. */
export function figureLine(figure: Figure): string {
  const { name, unit, values, limit, wanted } = figure;
  const show = (value: number): string => value.toFixed(unit === 'MiB' ? 0 : value < 10 ? 2 : 1);
  const range = `${show(Math.min(...values))}-${show(Math.max(...values))}`;
  const line = `${name.padEnd(44)} ${show(median(values)).padStart(7)} ${unit.padEnd(5)} (${range}, n=${values.length})`;
  if (limit === undefined) return line;
  const ratio = (median(values) / limit).toFixed(2);
  return `${line}  ${wanted} ${show(limit)}: ${isMet(figure) ? 'met' : 'NOT MET'}, ${ratio} of it`;
}
