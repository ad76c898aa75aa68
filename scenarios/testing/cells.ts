import type { RunResult } from '../../harness/judge/result';
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
