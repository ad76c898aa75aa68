/**
 * The rank test of Mann and Whitney (Wilcoxon's rank sum): how likely two samples differ as much as these, or more, if
 * nothing but chance tells them apart. It supposes no distribution, and equal values share their ranks.
 */

/** Up to so many values the distribution is counted; above, the normal one is close enough. */
const mostCounted = 40;

/**
 * Returns the two-sided p-value.
 *
 * @param a at least one value, and so has b
 */
export function rankTest(a: readonly number[], b: readonly number[]): number {
  const [small, large] = a.length <= b.length ? [a, b] : [b, a];
  const ranks = doubledRanks([...small, ...large]);
  const sum = ranks.slice(0, small.length).reduce((total, rank) => total + rank, 0);
  const p =
    ranks.length <= mostCounted ? counted(ranks, small.length, sum) : approximated(ranks, small.length, sum);
  return Math.min(1, p);
}

/**
 * Returns the least p-value that two samples of these sizes and of different values can have, which is that of samples
 * that do not overlap.
 */
export function leastP(sizeOfA: number, sizeOfB: number): number {
  let ways = 1;
  for (let taken = 1; taken <= sizeOfA; taken++) ways *= (sizeOfB + taken) / taken;
  return Math.min(1, 2 / ways);
}

/** Returns twice the rank of each value, which is a whole number also where equal values share a rank. */
function doubledRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const upTo = values.filter((other) => other <= value).length;
    return below + upTo + 1;
  });
}

/** Counts the choices of so many ranks whose sum is as far from the mean as this one, among all choices. */
function counted(ranks: readonly number[], size: number, sum: number): number {
  const mean = meanOf(ranks, size);
  // ways[k] maps a sum to the number of choices of k ranks that have it.
  const ways = Array.from({ length: size + 1 }, () => new Map<number, number>());
  ways[0]!.set(0, 1);
  for (const rank of ranks)
    for (let chosen = size; chosen > 0; chosen--)
      for (const [before, number] of ways[chosen - 1]!)
        ways[chosen]!.set(before + rank, (ways[chosen]!.get(before + rank) ?? 0) + number);
  let all = 0;
  let asFar = 0;
  for (const [total, number] of ways[size]!) {
    all += number;
    if (Math.abs(total - mean) >= Math.abs(sum - mean)) asFar += number;
  }
  return asFar / all;
}

/** The same by the normal distribution with the variance of these ranks and a correction for continuity. */
function approximated(ranks: readonly number[], size: number, sum: number): number {
  const all = ranks.length;
  const centre = meanOf(ranks, 1);
  const spread = ranks.reduce((total, rank) => total + (rank - centre) ** 2, 0) / all;
  const deviation = Math.sqrt((size * (all - size) * spread) / (all - 1));
  if (deviation === 0) return 1;
  return 2 * upperTail(Math.max(0, Math.abs(sum - meanOf(ranks, size)) - 1) / deviation);
}

/** Returns the mean of the sums of so many of the ranks. */
const meanOf = (ranks: readonly number[], size: number): number =>
  (size * ranks.reduce((total, rank) => total + rank, 0)) / ranks.length;

/** Returns the share of the normal distribution above z, by Abramowitz and Stegun 7.1.26. */
function upperTail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return (polynomial * Math.exp(-x * x)) / 2;
}
