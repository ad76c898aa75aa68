import { missingCells } from '../judge/missing';
import type { RunResult } from '../judge/result';

/** Exit codes of every command. */
export const exitCodes = {
  /** Everything was as expected. */
  expected: 0,
  /** Something was not. */
  unexpected: 1,
  /** Something could not be judged. */
  undecided: 2,
  /** Wrong usage, or a machine that cannot do it. */
  unfit: 3,
} as const;

/**
 * 1 where anything is shown to be unexpected or a claim is contradicted, whatever is missing besides; else 2 where a cell is
 * missing, was not finished, or could not be judged, where a node or capture failed, or where nothing was judged at all. What the
 * phone does not support is neither, as long as something else was judged.
 */
export function exitCodeOf(result: RunResult): number {
  const { cells, claims } = result;
  const isWrong = cells.some(({ outcome }) => outcome === 'unexpected' || outcome === 'flaky');
  if (isWrong || claims.some(({ verdict }) => verdict === 'contradicted')) return exitCodes.unexpected;
  // A broken capture leaves open what it would have decided.
  if (result.run.outages) return exitCodes.undecided;
  const isWhole =
    cells.every(({ outcome }) => outcome === 'expected' || outcome === 'unsupported') &&
    missingCells(result).length === 0;
  const isAnythingJudged = cells.some(({ outcome }) => outcome === 'expected');
  return isAnythingJudged && isWhole ? exitCodes.expected : exitCodes.undecided;
}
