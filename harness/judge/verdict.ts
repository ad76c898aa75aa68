import { kindOf, kindsOfEvidence, type Item, type Kinds } from '../evidence/evidence';
import { showEndpoint } from '../../kit/endpoint';
import type { FailureCode, FiveTuple } from '../../nodes/ue/protocol';
import { isSameTarget, type ObservedWay, type ObservedWays } from '../evidence/observed-attempt';
import type { AttemptResult, Verdict, Witness } from './result';

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
 * proxy's own certificate when the UE refused a certificate. A phone whose ways the lab had to observe need not say
 * why it failed: then every way that it took must have been refused. A time-out alone is never `blocked`. A failure
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
  if (witness.end === 'passed') {
    if (isHeard(witness.observed)) return { verdict: 'passed', reason: `got through${byWhom}` };
    const reason =
      'the phone says that it got through, and nothing came back to it from the server by this rung';
    return { verdict: 'failed', reason };
  }
  const { code = 'INTERNAL', text = 'the UE gave no reason' } = witness;
  if (witness.end === 'unsupported') return { verdict: 'unsupported', reason: text };

  const deciding = decidingItem(witness, evidence, kinds);
  if (deciding)
    return { verdict: deciding.kind === 'outage' ? 'inconclusive' : 'blocked', reason: words(deciding) };
  if (witness.end === 'abandoned')
    return {
      verdict: 'inconclusive',
      reason: 'it was ended early on a sign of a block, but nothing shows that its own packets were refused',
    };
  const left = witness.observed ? `; ${whatIsLeft(witness.observed, evidence, kinds)}` : '';
  return { verdict: 'failed', reason: `${text} (${code})${left}${byWhom}` };
}

/**
 * Names what blocked an attempt: the rule's id, or what refused if there is no rule.
 *
 * @returns undefined for an attempt with another verdict
 */
export function blockedBy({ verdict, witness, evidence }: Blockable): string | undefined {
  if (verdict !== 'blocked') return undefined;
  const refusal = decidingItem(witness, evidence);
  return refusal && kindOf(refusal).brief(refusal);
}

/** The fields of an attempt that name what blocked it. */
type Blockable = Pick<AttemptResult, 'verdict' | 'witness' | 'evidence'>;

/**
 * Returns the item of evidence on which the verdict on a failure rests: the refusal that explains it, or else the outage
 * of a needed node. It is undefined if the attempt did not fail, or if nothing explains its failure.
 */
export function decidingItem<T extends Item>(
  witness: Witness,
  evidence: readonly T[],
  kinds: Kinds = kindsOfEvidence,
): T | undefined {
  if (witness.end === 'passed' || witness.end === 'unsupported') return undefined;
  const outage = evidence.find((item) => item.kind === 'outage');
  // The lab gave the attempt up. Its ways that were refused until then need not have been all of its ways.
  if (outage && witness.end === 'abandoned') return outage;
  return refusalBehind(witness, evidence, kinds) ?? outage;
}

/**
 * Says whether the server has answered the phone by the rung, as far as the lab observed it. Who did not hear it has not
 * got through.
 */
const isHeard = (observed: ObservedWays | undefined): boolean =>
  !observed || observed.cut === true || observed.toServer.some(({ answered, aside }) => answered && !aside);

/**
 * Returns the refusal that explains a failure. If several ways were tried, each of them must have been refused,
 * because the refusal of one shows nothing about the others.
 */
function refusalBehind<T extends Item>(
  { code = 'INTERNAL', ways, observed }: Witness,
  evidence: readonly T[],
  kinds: Kinds,
): T | undefined {
  const explains = (item: Item): boolean => kindOf(item, kinds).explains(item, code);
  const isConsequence = consequencesOfRefusedWays.has(code);
  if (observed) {
    const refusals = refusalsOfObserved(observed, evidence, kinds, code === 'CERTIFICATE_UNTRUSTED');
    return refusals.find(explains) ?? (isConsequence ? refusals.at(-1) : undefined);
  }
  if (ways === undefined || ways.length === 0) return evidence.find(explains);
  const refusals = ways.map((way) =>
    evidence.find((item) => (isConsequence || explains(item)) && kindOf(item, kinds).refuses(item, way)),
  );
  return refusals.every((refusal) => refusal !== undefined) ? refusals.at(-1) : undefined;
}

/**
 * Returns the refusals of the ways that the lab observed, if they leave no way on which the attempt could have
 * succeeded; else none. The rung was tried, and every way to the server was refused; or, in a session, those that were
 * not have brought an answer, and every way besides, which is one of the media, was refused.
 * @param refusesCertificate says whether the phone failed because it refused a certificate
 */
function refusalsOfObserved<T extends Item>(
  { toServer, besides = [], cut, astray }: ObservedWays,
  evidence: readonly T[],
  kinds: Kinds,
  refusesCertificate: boolean,
): T[] {
  const refused = (ways: readonly ObservedWay[]): T[] | undefined => {
    const refusals = ways.map(
      (way, index) => refusalOf(way, evidence, kinds) ?? refusalBefore(way, ways.slice(0, index)),
    );
    return refusals.every((refusal) => refusal !== undefined) ? refusals : undefined;
  };
  // A phone that refuses a certificate, and says so, may have begun anew by then. What it has not heard on that way is no
  // reason for what it says.
  const refusalBefore = (way: ObservedWay, earlier: readonly ObservedWay[]): T | undefined =>
    earlier
      .filter((one) => refusesCertificate && !way.answered && isSameTarget(one, way))
      .map((one) => refusalOf(one, evidence, kinds))
      .find((item) => item !== undefined);
  if (cut || astray) return [];
  const ofServer = refused(toServer);
  if (ofServer) return ofServer;
  const isServerReached = toServer.every((way) => way.answered || refusalOf(way, evidence, kinds));
  return (isServerReached && refused(besides)) || [];
}

const refusalOf = <T extends Item>(way: FiveTuple, evidence: readonly T[], kinds: Kinds): T | undefined =>
  evidence.find((item) => kindOf(item, kinds).refuses(item, way));

/** Describes an observed way that nothing refused, for which the phone or a node must answer. */
function whatIsLeft(
  { toServer, besides = [], cut, astray }: ObservedWays,
  evidence: readonly Item[],
  kinds: Kinds,
): string {
  if (astray) return 'it took other ways, and never that of the rung';
  const all = [...besides, ...toServer];
  if (all.length === 0) return 'the lab saw no packet of it';
  const left = all.find((way) => !refusalOf(way, evidence, kinds));
  if (!left || cut) return 'what was refused does not explain it';
  const { protocol, local, remote, connect, answered } = left;
  const target = connect === undefined ? showEndpoint(remote) : `${connect} by CONNECT`;
  const came = answered ? 'which got an answer' : 'and no answer came';
  return `nothing refused its ${protocol} ${showEndpoint(local)} to ${target}, ${came}`;
}

/** The failures of a UE whose ways were all refused. A refusal explains them only if the ways are known. */
const consequencesOfRefusedWays: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'NO_RELAY',
  'ICE_FAILED',
  'NO_MEDIA',
  'FLOW_LOST',
  'UNTOLD',
]);
