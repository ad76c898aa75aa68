import type { Rung, Step } from '../ladder';
import type { AttemptReport } from '../nodes/ue/protocol';

/** What a scenario can make its UE do; every call is one attempt. */
export interface UeActions {
  register(rung: Rung): Promise<AttemptReport>;
  relay(rung: Rung): Promise<AttemptReport>;
  /** Registers by this rung, calls the peer, and is called by it. */
  call(rung: Rung): Promise<AttemptReport>;
  /** Registers by this rung, sends the peer a message and gets one back. */
  message(rung: Rung): Promise<AttemptReport>;
  /** Registers by this rung and has an MSRP session with the peer. */
  msrp(rung: Rung): Promise<AttemptReport>;
  /** Registers by this rung and is still reached after ten idle time-outs of the firewall. */
  keepalive(rung: Rung): Promise<AttemptReport>;
  /**
   * Registers by this rung and calls the peer; while the two talk, `move` is run, and the attempt ends when the call has
   * been moved away, or `move` has ended.
   */
  leave(rung: Rung, move: (elsewhere: Elsewhere) => Promise<void>): Promise<AttemptReport>;
}

/** The access network that a UE moves to, with a call that stands on the one it comes from. */
export interface Elsewhere {
  readonly context: ScenarioContext;
  /** Registers there by this rung and takes the call over. */
  readonly arrive: (rung: Rung) => Promise<AttemptReport>;
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
  /** The nodes of the core that it cannot be played without. */
  readonly needs: readonly ('pcscf' | 'ims-core' | 'turn' | 'peer')[];
  /** Whether it needs a UE at the other end, which is more than the peer's echo. */
  readonly needsPeer?: boolean;
  /** What it spends most of its time with, where that is no work: suites can do so side by side. */
  readonly spendsTime?: 'talking' | 'waiting';
  /** Whether the firewall is to forget idle connections while it is played. */
  readonly needsIdleTimeout?: boolean;
  /** Whether it takes place on two access networks, so that each of its cells has a second firewall. */
  readonly moves?: boolean;
  run(ue: UeActions, context: ScenarioContext): Promise<void>;
}
