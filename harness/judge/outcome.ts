import { rungId, type Step } from '../../ladder';
import { outcomes, type AttemptResult, type CellResult, type Outcome, type RunResult } from './result';

/**
 * The step that a UE had to climb to: the first that got through, in the round that went worst. Null where some round
 * got through at none: what passes only sometimes is not passed.
 * @param to the firewall that the UE moves to, where it moves: what counts then is what it came to there
 */
export function traversedAt(attempts: readonly AttemptResult[], to?: string): Step | null {
  const firstOfRound = new Map<number, number>();
  for (const { round, step, verdict, at } of attempts) {
    const first = firstOfRound.get(round) ?? Infinity;
    firstOfRound.set(round, verdict === 'passed' && at === to ? Math.min(first, step) : first);
  }
  const worst = Math.max(...firstOfRound.values());
  return Number.isFinite(worst) ? (worst as Step) : null;
}

/** Whether an attempt did not end as expected; what the phone cannot do did not begin. */
export const isUnexpected = ({ verdict, expected }: AttemptResult): boolean =>
  verdict !== 'unsupported' && verdict !== expected;

/**
 * Holds a cell's attempts against their expectations.
 *
 * Rounds that disagree on a verdict make a cell `flaky`, also where the last round was as expected: a repetition must
 * not hide anything. A cell without attempts was not
 * reached. An attempt that could not be judged shows nothing, neither
 * way: where nothing else is wrong with a cell, it is `inconclusive`. What the phone cannot do shows nothing either, and is no
 * reason to blame the cell: it is held against what the phone could try, and `unsupported` where that is nothing.
 */
export function outcomeOf(
  attempts: readonly AttemptResult[],
  expected: CellResult['expected'],
  to?: string,
): Outcome {
  if (attempts.length === 0) return 'skipped';
  const tried = attempts.filter(({ verdict }) => verdict !== 'unsupported');
  if (tried.length === 0) return 'unsupported';
  const verdictsOfRung = new Map<string, Set<string>>();
  const judged = tried.filter(({ verdict }) => verdict !== 'inconclusive');
  for (const attempt of judged) {
    const rung = `${attempt.at ?? ''} ${rungId(attempt)}`;
    verdictsOfRung.set(rung, (verdictsOfRung.get(rung) ?? new Set()).add(attempt.verdict));
  }
  if ([...verdictsOfRung.values()].some((verdicts) => verdicts.size > 1)) return 'flaky';
  if (judged.some(isUnexpected)) return 'unexpected';
  if (judged.length < tried.length) return 'inconclusive';
  return traversedAt(attempts, to) === expected ? 'expected' : 'unexpected';
}

/**
 * The step to expect of a cell: that of its knobs, or where the phone could not try every rung, the first step of those that it
 * tried which should get through.
 * @param ofKnobs for a phone that can do everything
 */
export function expectedOf(
  ofKnobs: CellResult['expected'],
  attempts: readonly AttemptResult[],
  to?: string,
): CellResult['expected'] {
  if (!attempts.some(({ verdict }) => verdict === 'unsupported')) return ofKnobs;
  const open = attempts.filter(
    ({ verdict, expected, at }) => verdict !== 'unsupported' && expected === 'passed' && at === to,
  );
  const first = Math.min(...open.map(({ step }) => step));
  return Number.isFinite(first) ? (first as Step) : null;
}

/** How many cells there are of each outcome. */
export function summaryOf(cells: readonly CellResult[]): RunResult['summary'] {
  const count = (outcome: Outcome): number => cells.filter((cell) => cell.outcome === outcome).length;
  return Object.fromEntries(outcomes.map((outcome) => [outcome, count(outcome)])) as RunResult['summary'];
}
