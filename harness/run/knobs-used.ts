import type { Knobs } from '../../firewalls/knobs';
import { forgets } from '../../firewalls/rules';
import { valueOf, type OptionValues } from '../../scenarios/option';
import type { Scenario } from '../../scenarios/scenario';

/**
 * Returns the knobs of a firewall while a scenario plays. A scenario about idle time-outs replaces `idle`,
 * unless the firewall keeps no state that could expire.
 */
export function knobsUsed(knobs: Knobs, { idle }: Pick<Scenario, 'idle'>, options: OptionValues): Knobs {
  return idle && forgets(knobs) ? { ...knobs, idle: valueOf(options, idle) } : knobs;
}
