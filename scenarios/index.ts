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

/** What is measured when no scenario is named: the table of the CR. */
export const tableScenarios: readonly Scenario[] = [register, relay];

/** The options of these scenarios, each once. */
export const optionsOf = (some: readonly Scenario[]): ScenarioOption[] => [
  ...new Set(some.flatMap(({ options }) => options)),
];

/** The scenario of the lab that is called so. */
export const scenarioCalled = (id: string): Scenario | undefined => scenarios.find((one) => one.id === id);
