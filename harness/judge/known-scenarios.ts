import { scenarios } from '../../scenarios';
import type { Scenario } from '../../scenarios/scenario';
import type { PlanResult } from './result';

/** The properties of a scenario that claims and reports need. */
export type KnownScenario = Pick<Scenario, 'id' | 'title' | 'isClaimed' | 'climbs' | 'ladder' | 'columns'>;

/**
 * Returns the scenarios that a result can have: those of the lab and those in the result's plan. A scenario of
 * the plan replaces the lab's one with the same id, as it did in the run.
 */
export function scenariosOf({
  ownScenarios = [],
}: Pick<PlanResult, 'ownScenarios'>): readonly KnownScenario[] {
  return [...scenarios.filter(({ id }) => ownScenarios.every((own) => own.id !== id)), ...ownScenarios];
}
