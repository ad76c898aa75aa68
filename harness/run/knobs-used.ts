import type { Knobs } from '../../firewalls/knobs';
import { forgets } from '../../firewalls/rules';
import type { Scenario } from '../../scenarios/scenario';
import type { ServiceOptions } from '../plan/plan';

/**
 * The knobs by which a firewall works while a scenario plays: its own, with another idle time-out in scenarios that are
 * about that. A firewall that keeps no state has nothing to forget.
 */
export function knobsUsed(
  knobs: Knobs,
  { needsIdleTimeout }: Pick<Scenario, 'needsIdleTimeout'>,
  { idleSeconds }: Pick<ServiceOptions, 'idleSeconds'>,
): Knobs {
  return needsIdleTimeout && forgets(knobs) ? { ...knobs, idle: idleSeconds } : knobs;
}
