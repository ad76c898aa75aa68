import { LabError } from '../lab/lab-error';
import type { Plan } from './plan';
import { shardsOf, type Shard } from './shards';

/** Says which of how many parts of a plan is meant. */
export type PartNumber = Pick<Shard, 'shard' | 'of'>;

/**
 * Returns one of the parts into which {@link shardsOf} cuts the firewalls of a plan. All parts together have
 * every cell of the plan once. Pure.
 *
 * @throws LabError `SHARD_EMPTY` when the part has no cell: a run of it would measure nothing, and one without
 *   a choice of firewalls everything
 */
export function partOf(plan: Plan, { shard, of }: PartNumber): Plan {
  const parts = shardsOf(
    plan.firewalls.map(({ id }) => id),
    of,
    plan.moves,
  ).include;
  const part = parts[shard - 1];
  if (!part)
    throw new LabError(
      'SHARD_EMPTY',
      `shard ${shard}/${of} has nothing to measure: the firewalls can be dealt out to ${parts.length} shard${parts.length === 1 ? '' : 's'} at most; start no more of them`,
    );
  const ids = part.firewall.split(',');
  const cells = plan.cells.filter(({ firewall }) => ids.includes(firewall));
  if (cells.length === 0)
    throw new LabError(
      'SHARD_EMPTY',
      `shard ${shard}/${of} has nothing to measure: no move begins at its firewalls (${ids.join(', ')}); start fewer shards, or measure other scenarios too`,
    );
  return {
    ...plan,
    cells,
    firewalls: plan.firewalls.filter(({ id }) => ids.includes(id)),
    scenarios: plan.scenarios.filter(({ id }) => cells.some(({ scenario }) => scenario === id)),
  };
}
