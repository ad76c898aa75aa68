import { missingCells } from '../judge/missing';
import type { RunResult } from '../judge/result';
import { exitCodes } from './failure';

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
