import { rungId, type Step } from '../../ladder';
import { outcomes, type AttemptResult, type CellResult, type Outcome, type RunResult } from './result';

/**
 * Returns the step that a UE had to climb to: the first one that got through, in the worst round. It is null if
 * no step got through in some round, since a step that passes only sometimes has not passed.
 *
 * @param to the firewall that the UE moves to, if it moves; only attempts there count then
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

/**
 * Says whether an attempt did not end as expected. An attempt that the phone cannot make did not begin, so it
 * is never unexpected.
 */
export const isUnexpected = ({ verdict, expected }: AttemptResult): boolean =>
  verdict !== 'unsupported' && verdict !== expected;

/**
 * Compares a cell's attempts with their expectations.
 *
 * Rounds that disagree on a verdict make a cell `flaky`, even if the last round was as expected, because a
 * repetition must not hide anything. A cell without attempts was not reached. An attempt that could not be
 * judged shows nothing: a cell with nothing else wrong is `inconclusive`. An attempt that the phone cannot make
 * shows nothing either and is not the cell's fault: the cell is judged by the attempts that the phone could
 * make, and `unsupported` if there are none.
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
 * Returns the step to expect of a cell: that of its knobs, or if the phone could not try every rung, the first
 * of the tried steps that should get through.
 *
 * @param ofKnobs the step for a phone that can do everything
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

/** Counts the cells of each outcome. */
export function summaryOf(cells: readonly CellResult[]): RunResult['summary'] {
  const count = (outcome: Outcome): number => cells.filter((cell) => cell.outcome === outcome).length;
  return Object.fromEntries(outcomes.map((outcome) => [outcome, count(outcome)])) as RunResult['summary'];
}
