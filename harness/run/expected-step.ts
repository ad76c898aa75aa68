import type { Knobs } from '../../firewalls/knobs';
import { expectedStep, expectedStepOfMove } from '../judge/expectation';
import type { CellResult } from '../judge/result';
import { scenarioOf, type Plan, type PlannedCell } from '../plan/plan';

/** Returns the ladder step that the knobs of a cell's firewalls let one expect. */
export function expectedStepOf(cell: PlannedCell, plan: Plan): CellResult['expected'] {
  const { firewall, to, suite, security } = cell;
  const scenario = scenarioOf(cell, plan);
  const knobsOf = (wanted: string): Knobs => plan.firewalls.find(({ id }) => id === wanted)!.knobs;
  return to === undefined
    ? expectedStep(knobsOf(firewall), scenario, suite, plan.steps, security)
    : expectedStepOfMove(knobsOf(firewall), knobsOf(to), scenario, suite, plan.steps, security);
}
