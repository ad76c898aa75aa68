import { createHash } from 'node:crypto';
import type { PlanResult } from '../judge/result';
import type { Plan } from '../plan/plan';

/** A plan as the result names it. */
export function planResultOf({ catalogue, firewalls, cells, steps, repeat, services }: Plan): PlanResult {
  const moving = new Set(cells.flatMap(({ scenario, to }) => (to === undefined ? [] : [scenario])));
  const moves = [...moving].flatMap((scenario) =>
    services.moves.map(({ from, to }) => ({ scenario, from, to })),
  );
  return {
    catalogue: {
      sha256: createHash('sha256').update(JSON.stringify(catalogue)).digest('hex'),
      firewalls: catalogue.map(({ id }) => id),
    },
    firewalls: firewalls.map(({ id }) => id),
    scenarios: [...new Set(cells.map(({ scenario }) => scenario))],
    suites: [...new Set(cells.map(({ suite }) => suite))],
    steps: [...steps],
    repeat,
    ...(moves.length > 0 ? { moves } : {}),
  };
}
