import { rungId, type Rung } from '../../ladder';
import type { AttemptReport } from '../../nodes/ue/protocol';
import { climb } from '../../scenarios/climb';
import type { AttemptResult } from '../judge/result';
import type { Outage } from '../lab/outages';
import { scenarioOf, type Plan, type PlannedCell } from '../plan/plan';
import { attemptResultOf } from './attempt-result';
import { notPlayed } from './not-played';

/**
 * Returns the attempts of a cell whose access network never started, one for each rung of the ladder, judged by
 * the outage.
 */
export async function unplayedAttempts(
  cell: PlannedCell,
  outage: Outage,
  plan: Plan,
): Promise<AttemptResult[]> {
  const firewall = plan.firewalls.find(({ id }) => id === cell.firewall)!;
  const scenario = scenarioOf(cell, plan);
  const surroundings = { firewall, scenario, evidence: [], outages: [], capture: undefined };
  const attempts: AttemptResult[] = [];
  const attempt = (rung: Rung, round: number): AttemptReport => {
    const report = notPlayed(`${cell.id}/${rungId(rung)}${plan.repeat > 1 ? `/${round}` : ''}`);
    const end = { outage, needed: [outage.node], measurements: [], endedAt: Date.now() };
    attempts.push(attemptResultOf({ cell, round, rung, report, ...end }, surroundings));
    return report;
  };
  const hasProxy = firewall.knobs.proxy !== 'none';
  const { steps, ladder } = plan;
  const context = { steps, ladder, security: cell.security, hasProxy };
  for (let round = 1; round <= plan.repeat; round++)
    await climb(scenario, context, (rung) => Promise.resolve(attempt(rung, round)));
  return attempts;
}
