import { catalogueHash } from '../../firewalls/catalogue-hash';
import type { Firewall } from '../../firewalls/catalogue';
import { cellsOf } from '../judge/missing';
import type { FirewallResult, OwnScenarioResult, PlanResult } from '../judge/result';
import { scenarios as builtIn } from '../../scenarios';
import type { Scenario } from '../../scenarios/scenario';
import type { Plan } from '../plan/plan';
import { knobsUsed } from './knobs-used';

/** Returns the form of a plan that the result has. */
export function planResultOf({
  catalogue,
  firewalls,
  cells,
  scenarios,
  steps,
  repeat,
  moves: chosen,
}: Plan): PlanResult {
  const moving = new Set(cells.flatMap(({ scenario, to }) => (to === undefined ? [] : [scenario])));
  const moves = [...moving].flatMap((scenario) => chosen.map(({ from, to }) => ({ scenario, from, to })));
  const own = scenarios.filter((scenario) => !builtIn.includes(scenario));
  const plan: PlanResult = {
    catalogue: {
      sha256: catalogueHash(catalogue),
      firewalls: catalogue.map(({ id }) => id),
    },
    firewalls: firewalls.map(({ id }) => id),
    scenarios: [...new Set(cells.map(({ scenario }) => scenario))],
    ...(own.length > 0 ? { ownScenarios: own.map(ownScenarioResultOf) } : {}),
    suites: [...new Set(cells.map(({ suite }) => suite))],
    securities: [...new Set(cells.map(({ security }) => security))],
    steps: [...steps],
    repeat,
    ...(moves.length > 0 ? { moves } : {}),
  };
  const isWhole = cellsOf(plan).length === cells.length;
  return isWhole ? plan : { ...plan, cells: cells.map(({ id }) => id) };
}

/** Returns the properties of a scenario of the user, which a reader of the result cannot look up elsewhere. */
function ownScenarioResultOf({ id, title, isClaimed, climbs, ladder, columns }: Scenario): OwnScenarioResult {
  return {
    ...{ id, title, isClaimed, climbs },
    ladder: [...ladder],
    columns: columns.map(([column, ...names]) => [column, ...names]),
  };
}

/** Returns the form of a firewall that the result has, with the knobs that it had during each scenario. */
export function firewallResultOf(
  { id, title, summary, source, confidence, knobs }: Firewall,
  plan: Plan,
): FirewallResult {
  const played = plan.scenarios.filter((scenario) =>
    plan.cells.some((cell) => cell.firewall === id && cell.scenario === scenario.id),
  );
  const during = played
    .map((scenario) => [scenario.id, knobsUsed(knobs, scenario, plan.options)] as const)
    .filter(([, used]) => used !== knobs);
  return {
    id,
    title,
    summary,
    source,
    confidence,
    knobs,
    ...(during.length > 0 ? { knobsDuring: Object.fromEntries(during) } : {}),
  };
}
