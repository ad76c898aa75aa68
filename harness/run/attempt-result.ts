import type { Firewall } from '../../firewalls/catalogue';
import type { Rung } from '../../ladder';
import type { Scenario } from '../../scenarios/scenario';
import type { CaptureContent } from '../evidence/capture-facts';
import type { Evidence } from '../evidence/evidence';
import { outageEvidenceOf } from '../evidence/kinds/outage';
import { attemptExpectation } from '../judge/expectation';
import type { AttemptResult } from '../judge/result';
import { inSuite } from '../judge/suite-taken';
import { judge } from '../judge/verdict';
import type { Outage } from '../lab/outages';
import type { PlannedCell } from '../plan/plan';
import type { SupervisedAttempt } from './attempt-supervisor';
import { traceOf, witnessOf } from './attempt-trace';
import { measurementsOf } from './measurements';

/**
 * The end of a needed node explains a failure when the lab knows of it within this time after the attempt, in
 * ms. An overloaded machine learns of it that late, while it records the end of the attempt at once.
 */
const deathKnownWithinMs = 10_000;

/** An attempt that is over, with the cell, round and rung that it was made for. */
export interface PlayedAttempt extends SupervisedAttempt {
  readonly cell: PlannedCell;
  readonly round: number;
  readonly rung: Rung;
}

/** The context in which an attempt is judged. */
export interface Surroundings {
  /** The attempt was made on the access network of this firewall. */
  readonly firewall: Firewall;
  readonly scenario: Scenario;
  readonly evidence: readonly Evidence[];
  readonly outages: readonly Outage[];
  /** The capture of the UE's side; undefined until it has been read. */
  readonly capture: CaptureContent | undefined;
}

/** Judges an attempt. Called again when the captures have been read, it judges by the additional evidence. */
export function attemptResultOf(
  played: PlayedAttempt,
  { firewall, scenario, evidence: observed, outages, capture }: Surroundings,
): AttemptResult {
  const { cell, round, rung, report } = played;
  const witness = witnessOf(report, played.observed?.ways);
  const evidence = [...observed, ...outageEvidenceOf(report, played.outage)];
  // The report of an unexplained failure can arrive before the lab learns that a needed node has ended.
  if (judge(witness, evidence).verdict === 'failed')
    evidence.push(...outageEvidenceOf(report, outageSince(played, outages)));
  const measurements = measurementsOf(report, played.measurements, evidence, capture);
  return {
    id: report.attempt,
    round,
    ...(firewall.id === cell.firewall ? {} : { at: firewall.id }),
    ...rung,
    ...inSuite(judge(witness, evidence), evidence, cell.suite),
    expected: attemptExpectation(firewall.knobs, scenario, rung, cell.suite).verdict,
    ...traceOf(report),
    witness,
    ...(report.shims ? { shims: report.shims } : {}),
    evidence,
    ...(measurements.length > 0 ? { measurements } : {}),
  };
}

/** Returns the outage of a needed node that the lab learned of soon after the attempt. */
const outageSince = ({ needed, endedAt }: PlayedAttempt, outages: readonly Outage[]): Outage | undefined =>
  outages.find(
    ({ node, at }) => needed.includes(node) && at >= endedAt && at - endedAt <= deathKnownWithinMs,
  );
