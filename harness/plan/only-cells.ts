import { findCells } from './find-cells';
import type { Plan } from './plan';

/**
 * Returns the part of a plan that has these cells, and the firewalls and scenarios that they need. Pure.
 *
 * @param ids at least one
 * @throws LabError `UNKNOWN_CELL`
 */
export function onlyCells(plan: Plan, ids: readonly string[]): Plan {
  const cells = findCells(plan.cells, ids);
  const firewalls = new Set(
    cells.flatMap(({ firewall, to }) => [firewall, ...(to === undefined ? [] : [to])]),
  );
  return {
    ...plan,
    cells,
    firewalls: plan.firewalls.filter(({ id }) => firewalls.has(id)),
    scenarios: plan.scenarios.filter(({ id }) => cells.some(({ scenario }) => scenario === id)),
    moves: plan.moves.filter(({ from, to }) => firewalls.has(from) && firewalls.has(to)),
  };
}
