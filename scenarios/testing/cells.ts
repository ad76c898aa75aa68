import type { AttemptResult, RunResult } from '../../harness/judge/result';
import type { Plan } from '../../harness/plan/plan';

/**
 * One test for each cell of a plan, so that a CI shows cells: every attempt ended as the knobs of its firewall let one expect.
 * @param result of the run; there when the tests are run
 */
export function testCells(plan: Plan, result: () => RunResult): void {
  describe.each(plan.firewalls.map(({ id, title }) => ({ id, title })))('firewall $id ($title)', ({ id }) => {
    const cells = plan.cells.filter(({ firewall }) => firewall === id);
    if (cells.length === 0) return;
    it.each(cells.map((cell) => [cell.id] as const))('%s', (cellId) => {
      const cell = result().cells.find((candidate) => candidate.id === cellId);
      const attempts = (cell?.attempts ?? []).map(
        ({ at, step, via, verdict, expected, reason }) =>
          `${at === undefined ? '' : `on ${at}, `}step ${step} by ${via}: ${verdict}${verdict === expected ? '' : `, expected ${expected}: ${reason}`}`,
      );
      expect({ outcome: cell?.outcome, attempts }).toEqual({
        outcome: 'expected',
        attempts: attempts.map((line) => line.replace(/, expected .*/, '')),
      });
      expect(attempts.length).toBeGreaterThan(0);
    });
  });
}

/**
 * The attempt of a cell that passed.
 * @param at where the UE had moved to, for a cell in which it moves
 * @throws Error when none did
 */
export function passedAttempt(run: RunResult, cell: string, at?: string): AttemptResult {
  const found = run.cells
    .find(({ id }) => id === cell)
    ?.attempts.find((attempt) => attempt.verdict === 'passed' && attempt.at === at);
  if (!found) throw new Error(`nothing of ${cell} passed`);
  return found;
}

/** The value of a measurement of an attempt; undefined when it was not made. */
export function measured({ measurements = [] }: AttemptResult, name: string): number | string | undefined {
  return measurements.find((one) => one.name === name)?.value;
}

/** What was not as expected, a line each, for a message: an exit status alone does not tell. */
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
