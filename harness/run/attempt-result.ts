import type { Firewall } from '../../firewalls/catalogue';
import type { Rung } from '../../ladder';
import type { Scenario } from '../../scenarios/scenario';
import type { CaptureContent } from '../evidence/capture-facts';
import type { Evidence } from '../evidence/evidence';
import { outageEvidenceOf } from '../evidence/kinds/outage';
import { attemptExpectation } from '../judge/expectation';
import type { AttemptResult } from '../judge/result';
import { judge } from '../judge/verdict';
import type { Outage } from '../lab/outages';
import type { PlannedCell } from '../plan/plan';
import type { SupervisedAttempt } from './attempt-supervisor';
import { traceOf, witnessOf } from './attempt-trace';
import { measurementsOf } from './measurements';

/** How much later the end of a node may be known on a machine with twice the work it can do, ms: that of an attempt stands by then. */
const deathKnownWithinMs = 10_000;

/** An attempt that is over, and what it was an attempt of. */
export interface PlayedAttempt extends SupervisedAttempt {
  readonly cell: PlannedCell;
  readonly round: number;
  readonly rung: Rung;
}

/** What is known around an attempt when it is judged. */
export interface Surroundings {
  /** On whose access network it was. */
  readonly firewall: Firewall;
  readonly scenario: Scenario;
  readonly evidence: readonly Evidence[];
  readonly outages: readonly Outage[];
  /** The capture of the UE's side, once it was read. */
  readonly capture: CaptureContent | undefined;
}

/** Judges an attempt: the same attempt with more evidence, when the captures have been read, gives a result that says more. */
export function attemptResultOf(
  played: PlayedAttempt,
  { firewall, scenario, evidence: observed, outages, capture }: Surroundings,
): AttemptResult {
  const { cell, round, rung, report } = played;
  const witness = witnessOf(report);
  const evidence = [...observed, ...outageEvidenceOf(report, played.outage)];
  // What nothing explains may be told before the end of the node that it is due to.
  if (judge(witness, evidence).verdict === 'failed')
    evidence.push(...outageEvidenceOf(report, outageSince(played, outages)));
  const measurements = measurementsOf(report, played.measurements, evidence, capture);
  return {
    id: report.attempt,
    round,
    ...(firewall.id === cell.firewall ? {} : { at: firewall.id }),
    ...rung,
    ...judge(witness, evidence),
    expected: attemptExpectation(firewall.knobs, scenario, rung, cell.suite).verdict,
    ...traceOf(report),
    witness,
    evidence,
    ...(measurements.length > 0 ? { measurements } : {}),
  };
}

/** The outage that was known soon after an attempt, of a node that it needed. */
const outageSince = ({ needed, endedAt }: PlayedAttempt, outages: readonly Outage[]): Outage | undefined =>
  outages.find(
    ({ node, at }) => needed.includes(node) && at >= endedAt && at - endedAt <= deathKnownWithinMs,
  );
