import { kindOf, kindsOfEvidence, type Item, type Kinds } from '../evidence/evidence';
import type { FailureCode } from '../../nodes/ue/protocol';
import type { Verdict, Witness } from './result';

/** A verdict and why, in a few words. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly reason: string;
}

/**
 * Judges one attempt from what the UE says and what was observed apart from it. Pure: a stored run can be judged again.
 *
 * `blocked` is only said with a refusal that explains *this* failure: a rule that dropped the attempt's own packet when
 * the UE met silence or a closed connection, the proxy's refusal when the UE met one, the proxy's own certificate when
 * the UE refused a certificate. A time-out alone is never `blocked`. What failed while a node was out of order that it needed
 * is `inconclusive`.
 *
 * @param kinds of which the evidence is; those of the registry by default
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
  // The lab gave it up: what was refused by then need not have been what it lived on.
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
 * The refusal that explains a failure. Where several ways were tried, each of them must have been refused: that one was
 * says nothing of the others.
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

/** What a UE meets when all the ways that it tried are refused; so these are only explained where it names them. */
const consequencesOfRefusedWays: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'NO_RELAY',
  'ICE_FAILED',
  'NO_MEDIA',
  'FLOW_LOST',
]);
