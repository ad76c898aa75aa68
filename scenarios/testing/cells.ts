import { builtInCatalogue } from '../../firewalls/catalogue';
import type { AttemptResult, RunResult } from '../../harness/judge/result';
import { makePlan, type Plan } from '../../harness/plan/plan';
import { steps } from '../../ladder';
import { expectedAttempts } from './expected-attempts';

/**
 * Plans what `nimsfw run` measures of these scenarios by default: the built-in catalogue,
 * every step, both suites of the CR.
 */
export function planOf(scenarios: readonly string[]): Plan {
  return makePlan({
    catalogue: builtInCatalogue,
    firewalls: builtInCatalogue,
    scenarios,
    suites: ['aes', 'null'],
    steps,
    patience: 'evidence',
    timers: 'rfc',
    ladder: 'all',
    repeat: 1,
  });
}

/**
 * Makes one test for each cell of a plan of built-in firewalls, so that a CI shows cells. It expects that every
 * attempt passed, or was blocked by exactly those rules that the texts let one expect.
 * @param result returns the result of the run; it is only called when the tests are run
 */
export function testCells(plan: Plan, result: () => RunResult): void {
  describe.each(plan.firewalls.map(({ id, title }) => ({ id, title })))('firewall $id ($title)', ({ id }) => {
    const cells = plan.cells.filter(({ firewall }) => firewall === id);
    if (cells.length === 0) return;
    it.each(cells.map((cell) => [cell.id, cell] as const))('%s', (cellId, planned) => {
      const cell = result().cells.find((candidate) => candidate.id === cellId);
      expect({ outcome: cell?.outcome, attempts: cell?.attempts.map(endOf) }).toEqual({
        outcome: 'expected',
        attempts: expectedAttempts(planned),
      });
    });
  });
}

/**
 * Writes how an attempt ended. For a blocked one it names every rule that decided
 * against it, and what the proxy did.
 */
function endOf({ at, step, via, verdict, reason, evidence }: AttemptResult): string {
  const refusals = evidence.flatMap((item) => {
    if (item.kind === 'drop')
      return item.decisive ? [`${item.rule} in ${item.chain} of ${item.firewall}`] : [];
    if (item.kind === 'proxy-refusal') return [`${item.status} of ${item.proxy} to ${item.request.method}`];
    if (item.kind === 'proxy-resigned')
      return [`certificate of ${item.proxy}, signed ${item.signedByProxyCa}`];
    if (item.kind === 'translation')
      // Nothing but the captures of both sides shows it.
      return item.seen ? [`translation of the Contact, which ${item.request.method} was sent to`] : [];
    return [];
  });
  const end = {
    passed: 'passed',
    blocked: `blocked by ${[...new Set(refusals)].sort().join(' and ')}`,
  }[verdict as string];
  return `${at === undefined ? '' : `on ${at}, `}step ${step} by ${via}: ${end ?? `${verdict}, ${reason}`}`;
}

/**
 * Returns the attempt of a cell that passed.
 * @param at the firewall that the UE had moved to, for a cell in which it moves
 * @throws Error if none passed
 */
export function passedAttempt(run: RunResult, cell: string, at?: string): AttemptResult {
  const found = run.cells
    .find(({ id }) => id === cell)
    ?.attempts.find((attempt) => attempt.verdict === 'passed' && attempt.at === at);
  if (!found) throw new Error(`nothing of ${cell} passed`);
  return found;
}

/** Returns the value of a measurement of an attempt; undefined if it was not made. */
export function measured({ measurements = [] }: AttemptResult, name: string): number | string | undefined {
  return measurements.find((one) => one.name === name)?.value;
}

/** Returns a line for everything that was not as expected, because an exit status alone does not tell it. */
export function notAsExpected({ cells, claims }: RunResult): string[] {
  const unexpected = cells
    .filter(({ outcome }) => outcome !== 'expected')
    .flatMap(({ id, attempts, outcome }) => [
      `${id} ${outcome}`,
      ...attempts
        .filter(({ verdict, expected }) => verdict !== expected)
        .map((one) => `${one.id}: ${one.verdict}, expected ${one.expected}: ${one.reason}`),
    ]);
  const contradicted = claims
    .filter(({ verdict }) => verdict === 'contradicted')
    .map((claim) => `${claim.id} contradicted by ${claim.cells.join(', ')}`);
  return [...unexpected, ...contradicted];
}
