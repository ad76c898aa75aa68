import type { AttemptReport } from '../nodes/ue/protocol';
import type { Rung, Step } from '../nodes/ue/ladder';

/** What a scenario can make its UE do; every call is one attempt. */
export interface UeActions {
  register(rung: Rung): Promise<AttemptReport>;
  relay(rung: Rung): Promise<AttemptReport>;
}

/** How the UE climbs. */
export interface ScenarioContext {
  /** Steps to try, ascending. */
  readonly steps: readonly Step[];
  /** `all`: every rung is measured; `stop`: the UE goes on only when a step failed, and takes CONNECT where it has a proxy. */
  readonly ladder: 'all' | 'stop';
  /** Whether a web proxy is configured on this access network. */
  readonly hasProxy: boolean;
}

/** A scripted scenario. It knows nothing of backends, evidence or verdicts. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** Clause that it plays. */
  readonly source: string;
  run(ue: UeActions, context: ScenarioContext): Promise<void>;
}
