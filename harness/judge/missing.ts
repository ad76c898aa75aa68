import type { CellResult, PlanResult, RunResult } from './result';

/** A cell of a plan. */
export type CellName = Pick<CellResult, 'id' | 'variant' | 'firewall' | 'scenario' | 'suite' | 'to'>;

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

function cellsOfOneLab({ firewalls, scenarios, suites, moves = [] }: PlanResult): CellName[] {
  const places = (firewall: string, scenario: string): { name: string; to?: string }[] =>
    moves.some((move) => move.scenario === scenario)
      ? moves
          .filter(({ from, to }) => from === firewall && firewalls.includes(to))
          .map(({ to }) => ({ name: `${firewall}>${to}`, to }))
      : [{ name: firewall }];
  return firewalls.flatMap((firewall) =>
    scenarios.flatMap((scenario) =>
      places(firewall, scenario).flatMap(({ name, ...to }) =>
        suites.map((suite) => ({ id: `${name}/${scenario}/${suite}`, firewall, scenario, suite, ...to })),
      ),
    ),
  );
}

/** Returns the cells that the plan asks for and the result does not have. Only a merged result can lack any. */
export function missingCells({ run, cells }: RunResult): CellName[] {
  const present = new Set(cells.map(({ id }) => id));
  return cellsOf(run.plan).filter(({ id }) => !present.has(id));
}
