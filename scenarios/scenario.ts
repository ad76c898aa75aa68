import type { Rung, Security, SessionKind, Step, Transport } from '../ladder';
import type { Arrivals, AttemptReport, Measurement, ServiceRequest, Talking } from '../nodes/ue/protocol';
import type { NumberOption, ScenarioOption } from './option';

/** The parameters of a request to a phone, apart from rung, suite and subscriber. */
export type ServiceParameters = Partial<
  Pick<ServiceRequest, 'mediaMs' | 'bytes' | 'idleMs' | 'idleTimes' | 'transfers'>
>;

/** What a scenario does while an attempt goes on and when it has ended. */
export interface AttemptEvents {
  /** Called when a call of the attempt is established and its media flow both ways. */
  readonly talking?: (told: Talking) => void;
  /** Called when the attempt has ended; returns the measurements of it that are made outside the phone. */
  readonly measured?: (report: AttemptReport) => Promise<readonly Measurement[]>;
}

/** The phone of a cell on its access network, as a scenario drives it. */
export interface ScenePhone {
  readonly context: ScenarioContext;
  /**
   * Has the phone make one attempt, and returns its report.
   * @param action a method of `nodes/ue/protocol.ts`
   */
  attempt(
    action: string,
    rung: Rung,
    parameters?: ServiceParameters,
    events?: AttemptEvents,
  ): Promise<AttemptReport>;
  /**
   * Takes the access network away from the phone: nothing gets into it or out of it any more, and nobody is told.
   * @returns what brings it back; it may be called twice
   */
  cutOff(): Promise<() => Promise<void>>;
  /** Has the phone end an attempt. */
  abandon(attempt: string): void;
  /** Returns the value of an option. */
  option<O extends ScenarioOption>(option: O): O['initial'];
  /** Returns the calls that the peer had with this phone's subscriber, the latest last; none if the peer has died. */
  callsAtPeer(): Promise<Arrivals['calls']>;
  /** The phone on the access network that the UE moves to; only in a scenario in which it moves. */
  readonly elsewhere?: ScenePhone;
}

/** The facts that decide how the UE climbs the ladder. */
export interface ScenarioContext {
  /** The steps that the UE tries, in ascending order. */
  readonly steps: readonly Step[];
  /** How the UE and the network prove who they are on the steps before the third. */
  readonly security: Security;
  /**
   * `all`: every rung is measured. `stop`: the UE goes on only if a step failed, and
   * takes CONNECT if it has a proxy.
   */
  readonly ladder: 'all' | 'stop';
  /** Says whether a web proxy is configured on this access network. */
  readonly hasProxy: boolean;
  /** The transports that the phone declares; without a list it has all but `wss`, which only a browser has. */
  readonly transports?: readonly Transport[] | undefined;
}

/** A column of a report: its title, and the names of the measurements in it (docs/measurements.md). */
export type Column = readonly [title: string, ...names: string[]];

/**
 * A scripted scenario. The lab, the judge, the reports and the command line know of it what is declared here. It knows
 * nothing of backends, evidence or verdicts.
 */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** The clauses of the standards that it plays. */
  readonly source: string;
  /** Its rungs, of every security, in the order in which a UE tries them. */
  readonly ladder: readonly Rung[];
  /** `all`: every rung is measured. `first`: it takes long, so it is played only up to the first rung that passes. */
  readonly climbs: 'all' | 'first';
  /** What the firewall must let through besides the signalling: the media of a session, or a relayed address. */
  readonly session: SessionKind | 'relay' | 'none';
  /** Says whether the sentences of the CR are about it. Cells of other scenarios confirm or contradict no sentence. */
  readonly isClaimed: boolean;
  /** The kinds of boxes of the core that it needs. In a lab without one of them it is not begun. */
  readonly needs: readonly string[];
  /** Says whether it needs a UE at the other end and not only the peer's echo. */
  readonly needsPeer: boolean;
  /**
   * Set if it spends most of its time talking or waiting, without the processor, so that its
   * cells can be played side by side.
   */
  readonly spendsTime?: 'talking' | 'waiting';
  /** The option with the seconds after which the firewall forgets idle connections while this is played. */
  readonly idle?: NumberOption;
  /** Says whether the UE moves to another access network, so that each cell has a second firewall. */
  readonly moves: boolean;
  /** The options that a user may choose. */
  readonly options: readonly ScenarioOption[];
  /** The columns in which reports show its measurements. */
  readonly columns: readonly Column[];
  /** Tries one rung by one attempt of the phone, with all that belongs to it. */
  play(phone: ScenePhone, rung: Rung): Promise<AttemptReport>;
}

/** The fields that a declaration may leave out. */
type Optional = 'needsPeer' | 'moves' | 'options' | 'columns';

/** Makes a scenario of its declaration. Fields that most scenarios do not need have defaults. */
export function defineScenario(
  declaration: Omit<Scenario, Optional> & Partial<Pick<Scenario, Optional>>,
): Scenario {
  return { needsPeer: false, moves: false, options: [], columns: [], ...declaration };
}
