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

/** 2 where a cell is missing or an attempt could not be judged, else 1 where anything was unexpected or a claim is contradicted. */
export function exitCodeOf(result: RunResult): number {
  const { cells, claims } = result;
  if (missingCells(result).length > 0) return exitCodes.undecided;
  const attempts = cells.flatMap((cell) => cell.attempts);
  if (attempts.some((attempt) => attempt.verdict === 'inconclusive')) return exitCodes.undecided;
  const unexpected =
    cells.some((cell) => cell.outcome !== 'expected') ||
    claims.some((claim) => claim.verdict === 'contradicted');
  return unexpected ? exitCodes.unexpected : exitCodes.expected;
}
