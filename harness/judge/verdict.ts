import type { Evidence, ProxyResignedEvidence } from '../evidence/evidence';
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
 */
export function judge(witness: Witness, evidence: readonly Evidence[]): Judgement {
  const seenThrough = evidence.find((item) => item.kind === 'proxy-resigned' && item.accepted);
  const byWhom = seenThrough ? `; ${inWords(seenThrough)}` : '';
  // It got what it asked for; that somebody has read it is for claim I7 to say.
  if (witness.end === 'passed') return { verdict: 'passed', reason: `got through${byWhom}` };
  const { code = 'INTERNAL', text = 'the UE gave no reason' } = witness;
  if (witness.end === 'unsupported') return { verdict: 'unsupported', reason: text };

  const outage = evidence.find((item) => item.kind === 'outage');
  // The lab gave it up: what was refused by then need not have been what it lived on.
  if (outage && witness.end === 'abandoned') return { verdict: 'inconclusive', reason: outage.text };
  const refusal = refusalBehind(witness, evidence);
  if (refusal) return { verdict: 'blocked', reason: inWords(refusal) };
  if (outage) return { verdict: 'inconclusive', reason: outage.text };
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
  evidence: readonly Evidence[],
): Evidence | undefined {
  if (ways === undefined || ways.length === 0) return evidence.find((item) => explains(item, code));
  const refusals = ways.map((way) =>
    evidence.find((item) => {
      const isBehind = consequencesOfRefusedWays.has(code) || explains(item, code);
      return isBehind && isRefusal(item) && isOver(way, item);
    }),
  );
  return refusals.every((refusal) => refusal !== undefined) ? refusals.at(-1) : undefined;
}

type Way = NonNullable<Witness['ways']>[number];

type Refusal = Extract<Evidence, { kind: 'drop' | 'proxy-refusal' | 'proxy-resigned' }>;

/** Whether it is this way that was refused: of a UDP socket that sends to several, each is one. */
function isOver({ protocol, local, remote }: Way, item: Refusal): boolean {
  const isSame = (one: Way['local'], other: Way['local']): boolean =>
    one.ip === other.ip && one.port === other.port;
  if (item.kind !== 'drop') return protocol === 'tcp' && isSame(item.client, local);
  const { socket } = item;
  return socket?.protocol === protocol && isSame(socket.local, local) && isSame(socket.remote, remote);
}

/** Evidence that by itself ends the way that it is about. */
function isRefusal(item: Evidence): item is Refusal {
  if (item.kind === 'drop') return item.decisive;
  if (item.kind === 'proxy-resigned') return isInTheWay(item);
  return item.kind === 'proxy-refusal';
}

/** The certificate is the proxy's, and the UE did not go on with it. */
const isInTheWay = ({ signedByProxyCa, accepted }: ProxyResignedEvidence): boolean =>
  signedByProxyCa !== 'not-checked' && !accepted;

/** What a UE meets when its packets, or those of the proxy that serves it, are dropped or rejected on the way. */
const consequencesOfADrop: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'ABANDONED',
  'TIMEOUT',
  'CONNECTION_REFUSED',
  'CONNECTION_LOST',
  'UNREACHABLE',
  'PROXY_UNREACHABLE',
  'PROXY_BAD_GATEWAY',
]);

/** What a UE meets when all the ways that it tried are refused; so these are only explained where it names them. */
const consequencesOfRefusedWays: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'NO_RELAY',
  'ICE_FAILED',
  'NO_MEDIA',
  'FLOW_LOST',
]);

function explains(item: Evidence, code: FailureCode): boolean {
  switch (item.kind) {
    case 'drop':
      return item.decisive && consequencesOfADrop.has(code);
    case 'proxy-refusal':
      return code === (item.status === 407 ? 'PROXY_AUTHENTICATION' : 'PROXY_REFUSED');
    case 'proxy-resigned':
      return code === 'CERTIFICATE_UNTRUSTED' && isInTheWay(item);
    default:
      return false;
  }
}

function inWords(refusal: Evidence): string {
  switch (refusal.kind) {
    case 'drop': {
      const whose = refusal.servedConnect ? "the proxy's " : '';
      return `${refusal.firewall} denied ${whose}${refusal.packet.summary}: ${refusal.statement} [${refusal.rule}]`;
    }
    case 'proxy-refusal':
      return `${refusal.proxy} refused ${refusal.request.method} ${refusal.request.target} with ${refusal.status}`;
    case 'proxy-resigned':
      return `${refusal.proxy} re-signed TLS as "${refusal.issuer}"; the UE ${refusal.accepted ? 'accepted' : 'refused'} the certificate`;
    default:
      return refusal.kind;
  }
}
