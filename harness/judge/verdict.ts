import { kindOf, kindsOfEvidence, type Item, type Kinds } from '../evidence/evidence';
import type { FailureCode } from '../../nodes/ue/protocol';
import type { Verdict, Witness } from './result';

/** A verdict, with its reason in a few words. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly reason: string;
}

/**
 * Judges one attempt from the UE's report and the observations outside the UE. Pure, so that a stored run can
 * be judged again.
 *
 * The verdict is `blocked` only with a refusal that explains *this* failure: a rule that dropped the attempt's
 * own packet when the UE met silence or a closed connection, the proxy's refusal when the UE met one, or the
 * proxy's own certificate when the UE refused a certificate. A time-out alone is never `blocked`. A failure
 * while a needed node was out of order is `inconclusive`.
 *
 * @param kinds the kinds of the evidence; those of the registry by default
 */
export function judge<T extends Item>(
  witness: Witness,
  evidence: readonly T[],
  kinds: Kinds = kindsOfEvidence,
): Judgement {
  const words = (item: Item): string => kindOf(item, kinds).words(item);
  const remark = evidence.map((item) => kindOf(item, kinds).remark(item)).find((said) => said !== undefined);
  const byWhom = remark === undefined ? '' : `; ${remark}`;
  if (witness.end === 'passed') return { verdict: 'passed', reason: `got through${byWhom}` };
  const { code = 'INTERNAL', text = 'the UE gave no reason' } = witness;
  if (witness.end === 'unsupported') return { verdict: 'unsupported', reason: text };

  const outage = evidence.find((item) => item.kind === 'outage');
  // The lab gave the attempt up. Its ways that were refused until then need not have been all of its ways.
  if (outage && witness.end === 'abandoned') return { verdict: 'inconclusive', reason: words(outage) };
  const refusal = refusalBehind(witness, evidence, kinds);
  if (refusal) return { verdict: 'blocked', reason: words(refusal) };
  if (outage) return { verdict: 'inconclusive', reason: words(outage) };
  if (witness.end === 'abandoned')
    return {
      verdict: 'inconclusive',
      reason: 'it was ended early on a sign of a block, but nothing shows that its own packets were refused',
    };
  return { verdict: 'failed', reason: `${text} (${code})${byWhom}` };
}

/**
 * Returns the refusal that explains a failure. If several ways were tried, each of them must have been refused,
 * because the refusal of one shows nothing about the others.
 */
function refusalBehind(
  { code = 'INTERNAL', ways }: Witness,
  evidence: readonly Item[],
  kinds: Kinds,
): Item | undefined {
  const explains = (item: Item): boolean => kindOf(item, kinds).explains(item, code);
  if (ways === undefined || ways.length === 0) return evidence.find(explains);
  const isConsequence = consequencesOfRefusedWays.has(code);
  const refusals = ways.map((way) =>
    evidence.find((item) => (isConsequence || explains(item)) && kindOf(item, kinds).refuses(item, way)),
  );
  return refusals.every((refusal) => refusal !== undefined) ? refusals.at(-1) : undefined;
}

/** The failures of a UE whose ways were all refused. A refusal explains them only if the UE names the ways. */
const consequencesOfRefusedWays: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'NO_RELAY',
  'ICE_FAILED',
  'NO_MEDIA',
  'FLOW_LOST',
]);
