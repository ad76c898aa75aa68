import { expectedStepOfCell } from '../judge/expectation';
import type { CellResult } from '../judge/result';
import { scenarioOf, type Plan, type PlannedCell } from '../plan/plan';

/** Returns the ladder step that the knobs of a cell's firewalls let one expect. */
export const expectedStepOf = (cell: PlannedCell, plan: Plan): CellResult['expected'] =>
  expectedStepOfCell(
    cell,
    scenarioOf(cell, plan),
    (wanted) => plan.firewalls.find(({ id }) => id === wanted)!.knobs,
    plan.steps,
  );
