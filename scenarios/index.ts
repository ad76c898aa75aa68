import { accessChange } from './access-change';
import { call } from './call';
import { keepalive } from './keepalive';
import { message } from './message';
import { msrp } from './msrp';
import { register } from './register';
import { relay } from './relay';
import type { ScenarioOption } from './option';
import type { Scenario } from './scenario';

/** Every scenario, in the order in which a run plays them. */
export const scenarios: readonly Scenario[] = [register, relay, message, call, msrp, accessChange, keepalive];

/** The scenarios that are measured when the user names none: the table of the CR. */
export const tableScenarios: readonly Scenario[] = [register, relay];

/** Returns the options of these scenarios, each once. */
export const optionsOf = (some: readonly Scenario[]): ScenarioOption[] => [
  ...new Set(some.flatMap(({ options }) => options)),
];

/** Returns the built-in scenario with this id. */
export const scenarioCalled = (id: string): Scenario | undefined => scenarios.find((one) => one.id === id);
