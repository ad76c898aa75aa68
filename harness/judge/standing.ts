import { missingCells } from './missing';
import type { Outcome, RunResult } from './result';

/** What a whole result comes to. */
export type Standing = 'expected' | 'unexpected' | 'undecided';

/**
 * Returns what a result comes to. It is `unexpected` if anything is unexpected or a claim is contradicted, even if
 * something is missing as well. Otherwise it is `undecided` if a cell is missing, unfinished or could not be judged, if a
 * node or capture failed, or if nothing was judged at all. A cell that the phone does not support changes
 * nothing, as long as another cell was judged, and neither does what is known to deviate.
 */
export function standingOf(result: RunResult): Standing {
  const cells = result.cells.filter(({ known }) => !known);
  const claims = result.claims.filter(({ known }) => !known);
  const isWrong = cells.some(({ outcome }) => outcome === 'unexpected' || outcome === 'flaky');
  if (isWrong || claims.some(({ verdict }) => verdict === 'contradicted')) return 'unexpected';
  // A failed node or capture leaves open what it would have decided.
  if (result.run.outages) return 'undecided';
  const isWhole =
    cells.every(({ outcome }) => outcome === 'expected' || outcome === 'unsupported') &&
    missingCells(result).length === 0;
  const isAnythingJudged = result.cells.some(({ outcome }) => judged.includes(outcome));
  return isAnythingJudged && isWhole ? 'expected' : 'undecided';
}

/** The outcomes of cells that show something. */
const judged: readonly Outcome[] = ['expected', 'unexpected', 'flaky'];
