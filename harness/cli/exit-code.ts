import type { RunResult } from '../judge/result';
import { standingOf } from '../judge/standing';

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

/** Returns the exit code of a result, by what it comes to ({@link standingOf}). */
export const exitCodeOf = (result: RunResult): number => exitCodes[standingOf(result)];
