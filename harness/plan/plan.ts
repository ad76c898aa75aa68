import type { Catalogue, Firewall } from '../../firewalls/catalogue';
import type { Step, SuiteId } from '../../ladder';
import { scenarios as known } from '../../scenarios';
import { LabError } from '../lab/lab-error';
import { mediaOf, rungsOf } from './rungs';

/** One firewall x one scenario x one suite. */
export interface PlannedCell {
  /** `6/register/null`: unique in the run. */
  readonly id: string;
  readonly firewall: string;
  readonly scenario: string;
  readonly suite: SuiteId;
  /** The firewall that the UE moves to, where the scenario is about that. */
  readonly to?: string;
}

/** A change of access network, by the ids of the firewalls. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** How services are measured. */
export interface ServiceOptions {
  /** How long each call talks. */
  readonly mediaSeconds: number;
  /**
   * How many cells of calls are played at once, on all networks. Many are done sooner, and what is then measured of their
   * time tells how the machine copes.
   */
  readonly callsAtOnce: number;
  /** How much an MSRP session carries each way, bytes. */
  readonly msrpBytes: number;
  /** After how many seconds firewalls forget idle connections, in scenarios that are about that. */
  readonly idleSeconds: number;
  readonly moves: readonly Move[];
}

/** What is measured where nothing else is asked for. */
export const defaultServices: ServiceOptions = {
  mediaSeconds: 3,
  // On two processors the median jitter was then 3 ms; without a limit 13 to 16 ms, in runs that were 2 s shorter.
  callsAtOnce: 8,
  msrpBytes: 1024 * 1024,
  idleSeconds: 2,
  moves: [
    { from: '0', to: '8' },
    { from: '8', to: '1' },
  ],
};

/**
 * When an attempt that comes to nothing ends. `evidence`: as soon as a rule is seen to have dropped its own packets and
 * no retransmission can fare differently; `rfc`: when the timers of SIP, STUN and TCP have run out.
 */
export type Patience = 'evidence' | 'rfc';

/** `all` measures every step even after one passed; `stop` goes on only when a step fails, as a UE does. */
export type LadderMode = 'all' | 'stop';

/**
 * The shortest memory of a firewall, in seconds, through which sessions are measured. While one lasts its signalling is silent
 * but for keep-alives, which the P-CSCF recommends in whole seconds (RFC 6223): one a second must not miss it on a busy machine.
 */
const shortestIdleSeconds = 4;

/** What a run is to do. */
export interface Plan {
  readonly cells: readonly PlannedCell[];
  readonly catalogue: Catalogue;
  /** Those of the catalogue that are measured. */
  readonly firewalls: readonly Firewall[];
  readonly steps: readonly Step[];
  readonly patience: Patience;
  readonly ladder: LadderMode;
  /** How often each cell is run; differing verdicts make it flaky. */
  readonly repeat: number;
  readonly services: ServiceOptions;
}

/**
 * Makes the cells: firewalls first, so that one access network's cells lie together. A scenario whose ladder has no rung
 * at the chosen steps gives no cells.
 * @throws LabError `NOTHING_TO_MEASURE` where that leaves none, `IDLE_TOO_SHORT`
 */
export function makePlan(
  choice: Omit<Plan, 'cells' | 'services'> & {
    readonly scenarios: readonly string[];
    readonly services?: Partial<ServiceOptions>;
    readonly suites: readonly SuiteId[];
  },
): Plan {
  const { scenarios, suites, ...others } = choice;
  const rest = { ...others, services: { ...defaultServices, ...choice.services } };
  const climbable = scenarios.filter((id) => rungsOf(id).some(({ step }) => rest.steps.includes(step)));
  if (climbable.length === 0)
    throw new LabError(
      'NOTHING_TO_MEASURE',
      `${scenarios.join(', ')} has nothing at step ${rest.steps.join(', ')}; choose other steps with --step`,
    );
  const ids = rest.firewalls.map(({ id }) => id);
  const cells = ids.flatMap((firewall) =>
    climbable.flatMap((scenario) => {
      const cellOf = (suite: SuiteId, to?: string): PlannedCell => ({
        id: `${to === undefined ? firewall : `${firewall}>${to}`}/${scenario}/${suite}`,
        firewall,
        scenario,
        suite,
        ...(to === undefined ? {} : { to }),
      });
      if (!known.find(({ id }) => id === scenario)?.moves) return suites.map((suite) => cellOf(suite));
      const targets = rest.services.moves.filter(({ from, to }) => from === firewall && ids.includes(to));
      return targets.flatMap(({ to }) => suites.map((suite) => cellOf(suite, to)));
    }),
  );
  if (cells.length === 0)
    throw new LabError(
      'NOTHING_TO_MEASURE',
      `none of the moves ${rest.services.moves.map(({ from, to }) => `${from}:${to}`).join(', ')} is between firewalls of this run; choose them with --firewall, or other moves with --move`,
    );
  requireKeepable(cells, rest.firewalls);
  return { ...rest, cells };
}

/** @throws LabError `IDLE_TOO_SHORT` where a session would be measured through a firewall that forgets it between two keep-alives */
function requireKeepable(cells: readonly PlannedCell[], firewalls: readonly Firewall[]): void {
  const isShort = ({ knobs }: Firewall): boolean => knobs.idle !== 'none' && knobs.idle < shortestIdleSeconds;
  for (const { scenario, firewall, to } of cells) {
    const media = mediaOf(scenario);
    if (media === undefined || media === 'relay') continue;
    const short = firewalls.find((one) => (one.id === firewall || one.id === to) && isShort(one));
    if (short)
      throw new LabError(
        'IDLE_TOO_SHORT',
        `${scenario} cannot be measured through firewall ${short.id}, which forgets what is idle for ${short.knobs.idle} s: the lab sends keep-alives once a second at most, and a session needs ${shortestIdleSeconds} s; give it another idle, or leave ${scenario} or the firewall out`,
      );
  }
}

/**
 * Looks whether everything that was asked for by name is in a plan: nobody shall take a run without it for one with it.
 *
 * @param asked ids of scenarios, and moves; what is there by default only is not asked for
 * @throws LabError `NOT_PLAYABLE`
 */
export function requirePlayable(
  { cells, steps, services, firewalls }: Plan,
  asked: { readonly scenarios: readonly string[]; readonly moves: readonly Move[] },
): void {
  const words = (moves: readonly Move[]): string => moves.map(({ from, to }) => `${from}:${to}`).join(', ');
  const left = asked.moves.filter(
    ({ from, to }) => !cells.some((cell) => cell.firewall === from && cell.to === to),
  );
  const moves = cells.some(({ to }) => to !== undefined) ? left : [];
  if (moves.length > 0)
    throw new LabError(
      'NOT_PLAYABLE',
      `the move${moves.length > 1 ? 's' : ''} ${words(moves)} cannot be played between the firewalls ${firewalls.map(({ id }) => id).join(', ')}; choose them too with --firewall, or leave the move out`,
    );
  for (const scenario of asked.scenarios) {
    if (cells.some((cell) => cell.scenario === scenario)) continue;
    const isMove = rungsOf(scenario).some(({ step }) => steps.includes(step));
    throw new LabError(
      'NOT_PLAYABLE',
      isMove
        ? `${scenario} cannot be played: none of the moves ${words(services.moves)} is between firewalls of this run; choose them with --firewall, other moves with --move, or leave ${scenario} out`
        : `${scenario} cannot be played: it has nothing at step ${steps.join(', ')}; choose other steps with --step, or leave ${scenario} out`,
    );
  }
}
