import type { Catalogue, Firewall } from '../../firewalls/catalogue';
import { isClimbable, type Security, type Step, type SuiteId } from '../../ladder';
import { scenarios as builtIn } from '../../scenarios';
import type { OptionValues } from '../../scenarios/option';
import type { Scenario } from '../../scenarios/scenario';
import type { TimerSet } from '../../nodes/ue/timers';
import { LabError } from '../lab/lab-error';
import { cellId } from './cell-id';

/** One firewall x one scenario x one suite x one security. */
export interface PlannedCell {
  /** Unique in the run, e.g. `6/register/null`. */
  readonly id: string;
  readonly firewall: string;
  readonly scenario: string;
  readonly suite: SuiteId;
  readonly security: Security;
  /** The firewall that the UE moves to, in a scenario with a move. */
  readonly to?: string;
}

/** A change of access network, by the ids of the firewalls. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** The moves from one firewall to another that are played if the user chooses none. */
export const defaultMoves: readonly Move[] = [
  { from: '0', to: '8' },
  { from: '8', to: '1' },
];

/**
 * The end of a hopeless attempt. `evidence`: as soon as a rule has dropped its own packets and no
 * retransmission can get through either. `rfc`: when the timers of SIP, STUN and TCP have run out.
 */
export type Patience = 'evidence' | 'rfc';

/**
 * `all` measures every step, also after one has passed; `stop` goes on only when a step fails, as a UE does.
 */
export type LadderMode = 'all' | 'stop';

/**
 * Shortest idle time-out of a firewall, in seconds, through which sessions are measured. During a session the
 * only signalling is keep-alives, which the P-CSCF recommends in whole seconds (RFC 6223). One per second must
 * arrive in time on a busy machine.
 */
const shortestIdleSeconds = 4;

/** The plan of a run. */
export interface Plan {
  readonly cells: readonly PlannedCell[];
  /** The scenarios of the cells, in the order in which they are played. */
  readonly scenarios: readonly Scenario[];
  readonly catalogue: Catalogue;
  /** The firewalls of the catalogue that are measured. */
  readonly firewalls: readonly Firewall[];
  readonly securities: readonly Security[];
  readonly steps: readonly Step[];
  readonly patience: Patience;
  /** The timers of SIP that the UEs have. */
  readonly timers: TimerSet;
  readonly ladder: LadderMode;
  /** Number of times that each cell is run; differing verdicts make it flaky. */
  readonly repeat: number;
  /** Values of the scenarios' options by name. */
  readonly options: OptionValues;
  readonly moves: readonly Move[];
}

/** Returns the scenario of a cell of this plan. */
export function scenarioOf(
  { scenario }: Pick<PlannedCell, 'scenario'>,
  plan: Pick<Plan, 'scenarios'>,
): Scenario {
  const found = plan.scenarios.find(({ id }) => id === scenario);
  if (!found) throw new Error(`no scenario ${scenario}`);
  return found;
}

/** The choice from which a plan is made. */
export type PlanChoice = Omit<Plan, 'cells' | 'scenarios' | 'securities' | 'options' | 'moves'> & {
  /** Ids of the scenarios. */
  readonly scenarios: readonly string[];
  /** The scenarios among which they are looked up; those of the lab by default. */
  readonly known?: readonly Scenario[];
  readonly suites: readonly SuiteId[];
  /** `digest` by default. */
  readonly securities?: readonly Security[];
  readonly options?: OptionValues;
  readonly moves?: readonly Move[];
};

/**
 * Makes a plan. Its cells are sorted by firewall, so that the cells of one access network lie together. A
 * scenario whose ladder has no rung at the chosen steps, or of a chosen security, gives no cells.
 *
 * @throws LabError `NOTHING_TO_MEASURE` when no cell is left, `IDLE_TOO_SHORT`
 */
export function makePlan(choice: PlanChoice): Plan {
  const { scenarios: wanted, known = builtIn, suites, securities = ['digest'], ...others } = choice;
  const { options = {}, moves = defaultMoves, ...rest } = others;
  const scenarios = known.filter(({ id }) => wanted.includes(id));
  const isClimbed = (one: Scenario): boolean =>
    securities.some((security) => isClimbable(one.ladder, security, rest.steps));
  const climbable = scenarios.filter(isClimbed);
  if (climbable.length === 0)
    throw new LabError(
      'NOTHING_TO_MEASURE',
      `${wanted.join(', ')} has nothing ${whereWords(rest.steps, securities)}`,
    );
  const ids = rest.firewalls.map(({ id }) => id);
  const cells = ids.flatMap((firewall) =>
    climbable.flatMap((one) => {
      const { id: scenario, moves: isMoving } = one;
      const cellsAt = (to?: string): PlannedCell[] =>
        suites.flatMap((suite) =>
          securities
            .filter((security) => isClimbable(one.ladder, security, rest.steps))
            .map((security) => {
              const cell = { firewall, scenario, suite, security, ...(to === undefined ? {} : { to }) };
              return { id: cellId(cell), ...cell };
            }),
        );
      if (!isMoving) return cellsAt();
      const targets = moves.filter(({ from, to }) => from === firewall && ids.includes(to));
      return targets.flatMap(({ to }) => cellsAt(to));
    }),
  );
  if (cells.length === 0)
    throw new LabError(
      'NOTHING_TO_MEASURE',
      `none of the moves ${movesWords(moves)} is between firewalls of this run; choose them with --firewall, or other moves with --move`,
    );
  const played = climbable.filter(({ id }) => cells.some(({ scenario }) => scenario === id));
  const plan = { ...rest, scenarios: played, securities, options, moves, cells };
  requireKeepable(plan);
  return plan;
}

/** Says where a scenario has no rung, and what else to choose. */
export function whereWords(steps: readonly Step[], securities: readonly Security[]): string {
  const isUsual = securities.includes('digest');
  const at = `at step ${steps.join(', ')}`;
  return isUsual
    ? `${at}; choose other steps with --step`
    : `${at} with the security ${securities.join(', ')}; choose another with --security, or other steps with --step`;
}

const movesWords = (moves: readonly Move[]): string =>
  moves.map(({ from, to }) => `${from}:${to}`).join(', ');

/** Says whether the session of a scenario is media, which flow while the signalling is silent. */
const isOfMedia: Readonly<Record<Scenario['session'], boolean>> = {
  rtp: true,
  msrp: true,
  relay: false,
  none: false,
};

/**
 * @throws LabError `IDLE_TOO_SHORT` when a session would be measured through a firewall that forgets it between
 *   two keep-alives
 */
function requireKeepable(plan: Plan): void {
  const isShort = ({ knobs }: Firewall): boolean => knobs.idle !== 'none' && knobs.idle < shortestIdleSeconds;
  for (const cell of plan.cells) {
    const { scenario, firewall, to } = cell;
    if (!isOfMedia[scenarioOf(cell, plan).session]) continue;
    const short = plan.firewalls.find((one) => (one.id === firewall || one.id === to) && isShort(one));
    if (short)
      throw new LabError(
        'IDLE_TOO_SHORT',
        `${scenario} cannot be measured through firewall ${short.id}, which forgets what is idle for ${short.knobs.idle} s: the lab sends keep-alives once a second at most, and a session needs ${shortestIdleSeconds} s; give it another idle, or leave ${scenario} or the firewall out`,
      );
  }
}

/**
 * Requires that a plan has everything that the user asked for by name, so that nobody takes a run without it
 * for one with it.
 *
 * @param asked the named scenarios and moves, without the defaults
 * @throws LabError `NOT_PLAYABLE`
 */
export function requirePlayable(
  { cells, steps, moves, firewalls, securities }: Plan,
  asked: { readonly scenarios: readonly Scenario[]; readonly moves: readonly Move[] },
): void {
  const left = asked.moves.filter(
    ({ from, to }) => !cells.some((cell) => cell.firewall === from && cell.to === to),
  );
  const lacking = cells.some(({ to }) => to !== undefined) ? left : [];
  if (lacking.length > 0)
    throw new LabError(
      'NOT_PLAYABLE',
      `the move${lacking.length > 1 ? 's' : ''} ${movesWords(lacking)} cannot be played between the firewalls ${firewalls.map(({ id }) => id).join(', ')}; choose them too with --firewall, or leave the move out`,
    );
  for (const scenario of asked.scenarios) {
    const { id } = scenario;
    if (cells.some((cell) => cell.scenario === id)) continue;
    throw new LabError(
      'NOT_PLAYABLE',
      scenario.moves && scenario.ladder.some(({ step }) => steps.includes(step))
        ? `${id} cannot be played: none of the moves ${movesWords(moves)} is between firewalls of this run; choose them with --firewall, other moves with --move, or leave ${id} out`
        : `${id} cannot be played: it has nothing ${whereWords(steps, securities)}, or leave ${id} out`,
    );
  }
}
