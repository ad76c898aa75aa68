import type { Evidence } from '../evidence/evidence';
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
 * the UE refused a certificate. A time-out alone is never `blocked`.
 */
export function judge(witness: Witness, evidence: readonly Evidence[]): Judgement {
  if (witness.end === 'passed') return { verdict: 'passed', reason: 'got through' };
  const { code = 'INTERNAL', text = 'the UE gave no reason' } = witness;
  if (witness.end === 'unsupported') return { verdict: 'unsupported', reason: text };

  const refusal = evidence.find((item) => explains(item, code));
  if (refusal) return { verdict: 'blocked', reason: inWords(refusal) };
  if (witness.end === 'abandoned')
    return {
      verdict: 'inconclusive',
      reason: 'it was ended early on a sign of a block, but nothing shows that its own packets were refused',
    };
  return { verdict: 'failed', reason: `${text} (${code})` };
}

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

/** Whether a dropped packet could be behind this failure. */
export function mayComeOfADrop(code: FailureCode): boolean {
  return consequencesOfADrop.has(code);
}

function explains(item: Evidence, code: FailureCode): boolean {
  switch (item.kind) {
    case 'drop':
      return item.decisive && mayComeOfADrop(code);
    case 'proxy-refusal':
      return code === (item.status === 407 ? 'PROXY_AUTHENTICATION' : 'PROXY_REFUSED');
    case 'proxy-resigned':
      return code === 'CERTIFICATE_UNTRUSTED' && item.signedByProxyCa !== 'not-checked';
    default:
      return false;
  }
}

function inWords(refusal: Evidence): string {
  switch (refusal.kind) {
    case 'drop': {
      const whose = refusal.matchedBy === 'connect-leg' ? "the proxy's " : '';
      return `${refusal.firewall} denied ${whose}${refusal.packet.summary}: ${refusal.statement} [${refusal.rule}]`;
    }
    case 'proxy-refusal':
      return `${refusal.proxy} refused ${refusal.request.method} ${refusal.request.target} with ${refusal.status}`;
    case 'proxy-resigned':
      return `${refusal.proxy} re-signed TLS as "${refusal.issuer}"; the UE refused the certificate`;
    default:
      return refusal.kind;
  }
}
