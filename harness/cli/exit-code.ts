import { missingCells } from '../judge/missing';
import type { Outcome, RunResult } from '../judge/result';

/** Exit codes of every command. */
export const exitCodes = {
  /** Everything was as expected. */
  expected: 0,
  /** Something was unexpected. */
  unexpected: 1,
  /** Something could not be judged. */
  undecided: 2,
  /** Wrong usage, or a machine that cannot do it. */
  unfit: 3,
} as const;

/**
 * Returns the exit code of a result. It is 1 if anything is unexpected or a claim is contradicted, even if
 * something is missing as well. Otherwise it is 2 if a cell is missing, unfinished or could not be judged, if a
 * node or capture failed, or if nothing was judged at all. A cell that the phone does not support changes
 * nothing, as long as another cell was judged, and neither does what is known to deviate.
 */
export function exitCodeOf(result: RunResult): number {
  const cells = result.cells.filter(({ known }) => !known);
  const claims = result.claims.filter(({ known }) => !known);
  const isWrong = cells.some(({ outcome }) => outcome === 'unexpected' || outcome === 'flaky');
  if (isWrong || claims.some(({ verdict }) => verdict === 'contradicted')) return exitCodes.unexpected;
  // A failed node or capture leaves open what it would have decided.
  if (result.run.outages) return exitCodes.undecided;
  const isWhole =
    cells.every(({ outcome }) => outcome === 'expected' || outcome === 'unsupported') &&
    missingCells(result).length === 0;
  const isAnythingJudged = result.cells.some(({ outcome }) => judged.includes(outcome));
  return isAnythingJudged && isWhole ? exitCodes.expected : exitCodes.undecided;
}

/** The outcomes of cells that show something. */
const judged: readonly Outcome[] = ['expected', 'unexpected', 'flaky'];
