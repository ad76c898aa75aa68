import { scenarios } from '../../scenarios';
import type { Scenario } from '../../scenarios/scenario';
import type { PlanResult } from './result';

/** What claims and reports have to know of a scenario. */
export type KnownScenario = Pick<Scenario, 'id' | 'isClaimed' | 'climbs' | 'ladder' | 'columns'>;

/**
 * The scenarios that a result can be of: those of the lab, and those that its plan brings along. One that has the id of one
 * of the lab's takes its place, as it did when it was played.
 */
export function scenariosOf({
  ownScenarios = [],
}: Pick<PlanResult, 'ownScenarios'>): readonly KnownScenario[] {
  return [...scenarios.filter(({ id }) => ownScenarios.every((own) => own.id !== id)), ...ownScenarios];
}
