import type { CellResult, PlanResult, RunResult } from './result';

/** A cell of a plan. */
export type CellName = Pick<CellResult, 'id' | 'firewall' | 'scenario' | 'suite'>;

/** The cells that a plan asks for, a firewall after the other. */
export function cellsOf({ firewalls, scenarios, suites }: PlanResult): CellName[] {
  return firewalls.flatMap((firewall) =>
    scenarios.flatMap((scenario) =>
      suites.map((suite) => ({ id: `${firewall}/${scenario}/${suite}`, firewall, scenario, suite })),
    ),
  );
}

/** The cells that the plan asks for and the result does not have: only a merged one can lack any. */
export function missingCells({ run, cells }: RunResult): CellName[] {
  const present = new Set(cells.map(({ id }) => id));
  return cellsOf(run.plan).filter(({ id }) => !present.has(id));
}
