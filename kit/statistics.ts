/** Statistics of a few values. What they mean is written here once, for documents as well (`statisticMeanings`). */

/** What is said of values that were measured in several rounds. */
export interface Statistics {
  /** Number of values. */
  readonly n: number;
  readonly median: number;
  readonly p95: number;
}

/** The definition of each statistic in a sentence, for documents. */
export const statisticMeanings = {
  n: 'the number of values',
  median:
    'the value in the middle of the sorted ones; of an even number of values the mean of the two in the middle',
  p95: 'the 95th percentile by nearest rank: the least measured value that 95 % of the values do not exceed, so that of fewer than 20 values it is the greatest',
  passRate: 'the number of rounds in which it passed, of all in which it was tried',
} as const;

/** Returns the value in the middle of the sorted ones; with an even number of them the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Returns a quantile by nearest rank, which is always one of the values (Hyndman and Fan, "Sample Quantiles in
 * Statistical Packages", definition 1).
 *
 * @param values at least one
 * @param share above 0, at most 1: 0.95 for the 95th percentile
 */
export function quantile(values: readonly number[], share: number): number {
  return ascending(values)[Math.ceil(share * values.length) - 1]!;
}

/** Returns the statistics of at least one value. */
export const statisticsOf = (values: readonly number[]): Statistics => ({
  n: values.length,
  median: median(values),
  p95: quantile(values, 0.95),
});

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
