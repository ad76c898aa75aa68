import { rungId, type Rung } from '../../ladder';
import type { AttemptReport } from '../../nodes/ue/protocol';
import { climb } from '../../scenarios/climb';
import { outageEvidenceOf } from '../evidence/kinds/outage';
import { attemptExpectation } from '../judge/expectation';
import type { AttemptResult } from '../judge/result';
import { judge } from '../judge/verdict';
import type { Outage } from '../lab/outages';
import { scenarioOf, type Plan, type PlannedCell } from '../plan/plan';
import { traceOf, witnessOf } from './attempt-trace';

/**
 * Returns the report of an attempt that was not begun or not finished because a needed node was out of order.
 */
export function notPlayed(attempt: string, startedAt = Date.now()): AttemptReport {
  const failure = { code: 'ABANDONED', text: 'not played to its end' } as const;
  const durationMs = Date.now() - startedAt;
  return { attempt, startedAt, durationMs, end: 'abandoned', failure, flows: [], identifiers: [] };
}

/**
 * Returns the attempts of a cell whose access network never started, one for each rung of the ladder, judged by
 * the outage.
 */
export async function unplayedAttempts(
  cell: PlannedCell,
  outage: Outage,
  plan: Plan,
): Promise<AttemptResult[]> {
  const { knobs } = plan.firewalls.find(({ id }) => id === cell.firewall)!;
  const scenario = scenarioOf(cell, plan);
  const attempts: AttemptResult[] = [];
  const attempt = (rung: Rung, round: number): AttemptReport => {
    const id = `${cell.id}/${rungId(rung)}${plan.repeat > 1 ? `/${round}` : ''}`;
    const report = notPlayed(id);
    const witness = witnessOf(report);
    const evidence = outageEvidenceOf(report, outage);
    attempts.push({
      id,
      round,
      ...rung,
      ...judge(witness, evidence),
      expected: attemptExpectation(knobs, scenario, rung, cell.suite).verdict,
      ...traceOf(report),
      witness,
      evidence,
    });
    return report;
  };
  const context = { steps: plan.steps, ladder: plan.ladder, hasProxy: knobs.proxy !== 'none' };
  for (let round = 1; round <= plan.repeat; round++)
    await climb(scenario, context, (rung) => Promise.resolve(attempt(rung, round)));
  return attempts;
}
