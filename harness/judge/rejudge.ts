import type { SuiteId } from '../../ladder';
import { claimsOf } from './claims-of-run';
import { withKnown } from './known';
import { outcomeOf, summaryOf, traversedAt } from './outcome';
import type { AttemptResult, CellResult, RunResult } from './result';
import { inSuite } from './suite-taken';
import { judge } from './verdict';

/**
 * Judges a stored run again, from the UE's reports and the evidence of its attempts. It makes verdicts and
 * reasons, outcomes, claims and the summary anew, and keeps the measurements. Pure.
 *
 * @param result a run as `runResult` reads it from `result.json`
 */
export function rejudge(result: RunResult): RunResult {
  const cells = result.cells.map(rejudgeCell);
  return withKnown({
    ...result,
    cells,
    claims: claimsOf(cells, result.run),
    summary: summaryOf(cells),
  });
}

function rejudgeCell(cell: CellResult): CellResult {
  const attempts = cell.attempts.map((attempt) => rejudgeAttempt(attempt, cell.suite));
  return {
    ...cell,
    attempts,
    traversedAt: traversedAt(attempts, cell.to),
    // The cell is still skipped, because the end of the run is no judgement.
    outcome: cell.outcome === 'skipped' ? 'skipped' : outcomeOf(attempts, cell.expected, cell.to),
  };
}

function rejudgeAttempt(attempt: AttemptResult, suite: SuiteId): AttemptResult {
  return { ...attempt, ...inSuite(judge(attempt.witness, attempt.evidence), attempt.evidence, suite) };
}
