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

/**
 * Holds a cell's attempts against their expectations.
 *
 * Rounds that disagree on a verdict make a cell `flaky`, also where the last round was as expected: a repetition must
 * not hide anything. A cell without attempts was not
 * reached. An attempt that could not be judged shows nothing, neither
 * way: where nothing else is wrong with a cell, it is `inconclusive`.
 */
export function outcomeOf(
  attempts: readonly AttemptResult[],
  expected: CellResult['expected'],
  to?: string,
): Outcome {
  if (attempts.length === 0) return 'skipped';
  const verdictsOfRung = new Map<string, Set<string>>();
  const judged = attempts.filter(({ verdict }) => verdict !== 'inconclusive');
  for (const attempt of judged) {
    const rung = `${attempt.at ?? ''} ${rungId(attempt)}`;
    verdictsOfRung.set(rung, (verdictsOfRung.get(rung) ?? new Set()).add(attempt.verdict));
  }
  if ([...verdictsOfRung.values()].some((verdicts) => verdicts.size > 1)) return 'flaky';
  if (judged.some((attempt) => attempt.verdict !== attempt.expected)) return 'unexpected';
  if (judged.length < attempts.length) return 'inconclusive';
  return traversedAt(attempts, to) === expected ? 'expected' : 'unexpected';
}

/** How many cells there are of each outcome. */
export function summaryOf(cells: readonly CellResult[]): RunResult['summary'] {
  const count = (outcome: Outcome): number => cells.filter((cell) => cell.outcome === outcome).length;
  return Object.fromEntries(outcomes.map((outcome) => [outcome, count(outcome)])) as RunResult['summary'];
}
