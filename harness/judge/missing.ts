import { isClimbable } from '../../ladder';
import { cellId } from '../plan/cell-id';
import { scenariosOf } from './known-scenarios';
import type { CellResult, PlanResult, RunResult } from './result';

/** A cell of a plan. */
export type CellName = Pick<
  CellResult,
  'id' | 'variant' | 'firewall' | 'scenario' | 'suite' | 'security' | 'to'
>;

/** Returns the cells that a plan asks for, variant by variant and firewall by firewall. */
export function cellsOf(plan: PlanResult): CellName[] {
  const { variants, cells: only } = plan;
  const cells =
    variants?.flatMap(({ name, suites }) =>
      cellsOfOneLab({ ...plan, suites }).map((cell) => inVariant(cell, name)),
    ) ?? cellsOfOneLab(plan);
  return only ? cells.filter(({ id }) => only.includes(id)) : cells;
}

/** Returns a cell of one lab as that of a variant: its id begins with the variant's name. */
export const inVariant = <C extends CellName>(cell: C, variant: string): C => ({
  ...cell,
  id: idIn(variant, cell.id),
  variant,
});

/** Returns the id of a cell, or of an attempt, in a run over several variants. */
export const idIn = (variant: string, id: string): string => `${variant}/${id}`;

function cellsOfOneLab(plan: PlanResult): CellName[] {
  const { firewalls, scenarios, suites, securities, steps, moves = [] } = plan;
  const known = scenariosOf(plan);
  // A scenario that the result does not describe is taken to be for every security.
  const hasRungs = (scenario: string, security: CellResult['security']): boolean =>
    known.every(
      ({ id, ladder }) => id !== scenario || ladder.length === 0 || isClimbable(ladder, security, steps),
    );
  const places = (firewall: string, scenario: string): { to?: string }[] =>
    moves.some((move) => move.scenario === scenario)
      ? moves.filter(({ from, to }) => from === firewall && firewalls.includes(to)).map(({ to }) => ({ to }))
      : [{}];
  return firewalls.flatMap((firewall) =>
    scenarios.flatMap((scenario) =>
      places(firewall, scenario).flatMap((to) =>
        suites.flatMap((suite) =>
          securities
            .filter((security) => hasRungs(scenario, security))
            .map((security) => ({
              id: cellId({ firewall, scenario, suite, security, ...to }),
              ...{ firewall, scenario, suite, security, ...to },
            })),
        ),
      ),
    ),
  );
}

/** Returns the cells that the plan asks for and the result does not have. Only a merged result can lack any. */
export function missingCells({ run, cells }: RunResult): CellName[] {
  const present = new Set(cells.map(({ id }) => id));
  return cellsOf(run.plan).filter(({ id }) => !present.has(id));
}
