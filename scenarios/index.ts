import { register } from './register';
import { relay } from './relay';
import type { Scenario } from './scenario';

/** Every scenario, in the order in which a run plays them. */
export const scenarios: readonly Scenario[] = [register, relay];
