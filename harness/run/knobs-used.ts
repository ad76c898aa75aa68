import type { Knobs } from '../../firewalls/knobs';
import { forgets } from '../../firewalls/rules';
import { valueOf, type OptionValues } from '../../scenarios/option';
import type { Scenario } from '../../scenarios/scenario';

/**
 * The knobs by which a firewall works while a scenario plays: its own, with another idle time-out in scenarios that are
 * about that. A firewall that keeps no state has nothing to forget.
 */
export function knobsUsed(knobs: Knobs, { idle }: Pick<Scenario, 'idle'>, options: OptionValues): Knobs {
  return idle && forgets(knobs) ? { ...knobs, idle: valueOf(options, idle) } : knobs;
}
