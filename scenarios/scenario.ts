import type { Rung, SessionKind, Step } from '../ladder';
import type { Arrivals, AttemptReport, Measurement, ServiceRequest, Talking } from '../nodes/ue/protocol';
import type { ScenarioOption } from './option';

/** The parameters of a request to a phone beside rung, suite and subscriber. */
export type ServiceParameters = Partial<
  Pick<ServiceRequest, 'mediaMs' | 'bytes' | 'idleMs' | 'idleTimes' | 'replaces'>
>;

/** What a scenario does beside an attempt. */
export interface AttemptEvents {
  /** A call of the attempt stands and media flow both ways, until it is moved away. */
  readonly talking?: (told: Talking) => void;
  /** Takes the measurements of the attempt that are made outside the phone, once it has ended. */
  readonly measured?: (report: AttemptReport) => Promise<readonly Measurement[]>;
}

/** The phone of a cell on its access network, as a scenario drives it. */
export interface ScenePhone {
  readonly context: ScenarioContext;
  /**
   * Has the phone make one attempt, and gives what it says of it.
   * @param action what it is asked to do: a method of `nodes/ue/protocol.ts`
   */
  attempt(
    action: string,
    rung: Rung,
    parameters?: ServiceParameters,
    events?: AttemptEvents,
  ): Promise<AttemptReport>;
  /** Has it end an attempt. */
  abandon(attempt: string): void;
  /** What was chosen of an option. */
  option(option: ScenarioOption): number;
  /** The calls that the peer had with this phone's subscriber, the latest last; none where the peer is no more. */
  callsAtPeer(): Promise<Arrivals['calls']>;
  /** The phone on the access network that the UE moves to, in a scenario that is about that. */
  readonly elsewhere?: ScenePhone;
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

/** A column of what was measured: its title, and the measurements that stand in it, by name (docs/measurements.md). */
export type Column = readonly [title: string, ...names: string[]];

/**
 * A scripted scenario: all that the lab, the judge, the reports and the command line know of it. It knows nothing of
 * backends, evidence or verdicts.
 */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** Clause that it plays. */
  readonly source: string;
  /** Its rungs, in the order in which a UE tries them. */
  readonly ladder: readonly Rung[];
  /** `all`: every rung is measured. `first`: it takes its time, so it is played up to the first rung that passes, as a UE climbs. */
  readonly climbs: 'all' | 'first';
  /** What it has besides its signalling, which the firewall must let through too: the media of a session, or a relayed address. */
  readonly session: SessionKind | 'relay' | 'none';
  /** Whether the sentences of the CR are about it: of another one no cell confirms or contradicts any. */
  readonly isClaimed: boolean;
  /** The kinds of boxes of the core that it cannot be played without; of a lab that lacks one it is not begun. */
  readonly needs: readonly string[];
  /** Whether it needs a UE at the other end, which is more than the peer's echo. */
  readonly needsPeer: boolean;
  /** What it spends most of its time on, where that needs no processor: its cells can then be played side by side. */
  readonly spendsTime?: 'talking' | 'waiting';
  /** After how many seconds the firewall is to forget idle connections while it is played. */
  readonly idle?: ScenarioOption;
  /** Whether it takes place on two access networks, so that each of its cells has a second firewall. */
  readonly moves: boolean;
  /** The options that a user may choose. */
  readonly options: readonly ScenarioOption[];
  /** What reports show of its measurements. */
  readonly columns: readonly Column[];
  /** Tries one rung: one attempt here, and what belongs to it. */
  play(phone: ScenePhone, rung: Rung): Promise<AttemptReport>;
}

/** The fields that a declaration may leave out. */
type Optional = 'needsPeer' | 'moves' | 'options' | 'columns';

/** Makes a scenario of its declaration; fields that most scenarios do not need have defaults. */
export function defineScenario(
  declaration: Omit<Scenario, Optional> & Partial<Pick<Scenario, Optional>>,
): Scenario {
  return { needsPeer: false, moves: false, options: [], columns: [], ...declaration };
}
