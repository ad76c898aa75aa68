import type { Catalogue, Firewall } from '../../firewalls/catalogue';
import type { Step, SuiteId } from '../../nodes/ue/ladder';
import { LabError } from '../lab/lab-error';
import { rungsOf } from './rungs';

/** One firewall x one scenario x one suite. */
export interface PlannedCell {
  /** `6/register/null`: unique in the run. */
  readonly id: string;
  readonly firewall: string;
  readonly scenario: string;
  readonly suite: SuiteId;
}

/**
 * When an attempt that comes to nothing ends. `evidence`: as soon as a rule is seen to have dropped its own packets and
 * no retransmission can fare differently; `rfc`: when the timers of SIP, STUN and TCP have run out.
 */
export type Patience = 'evidence' | 'rfc';

/** `all` measures every step even after one passed; `stop` goes on only when a step fails, as a UE does. */
export type LadderMode = 'all' | 'stop';

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
}

/**
 * Makes the cells: firewalls first, so that one access network's cells lie together. A scenario whose ladder has no rung
 * at the chosen steps gives no cells.
 * @throws LabError `NOTHING_TO_MEASURE` where that leaves none
 */
export function makePlan(
  choice: Omit<Plan, 'cells'> & {
    readonly scenarios: readonly string[];
    readonly suites: readonly SuiteId[];
  },
): Plan {
  const { scenarios, suites, ...rest } = choice;
  const climbable = scenarios.filter((id) => rungsOf(id).some(({ step }) => rest.steps.includes(step)));
  if (climbable.length === 0)
    throw new LabError(
      'NOTHING_TO_MEASURE',
      `${scenarios.join(', ')} has nothing at step ${rest.steps.join(', ')}; choose other steps with --step`,
    );
  const cells = rest.firewalls.flatMap((firewall) =>
    climbable.flatMap((scenario) =>
      suites.map((suite) => ({
        id: `${firewall.id}/${scenario}/${suite}`,
        firewall: firewall.id,
        scenario,
        suite,
      })),
    ),
  );
  return { ...rest, cells };
}
