import { isSameRung } from '../../ladder';
import { isUnexpected } from './outcome';
import type { AttemptResult } from './result';

/**
 * Whose doing it is that an attempt did not get through, or that it did where it should not. `firewall`: it was refused
 * as its knobs let one expect. `phone`: it did not end as expected, and with the reference UE in the phone's place it
 * does. `other-box`: it does not with the reference UE either. `phone-or-other-box`: nobody tried that. `cannot`: the phone
 * or a box has not got it.
 */
export type Fault = 'firewall' | 'phone' | 'other-box' | 'phone-or-other-box' | 'cannot';

/**
 * Returns whose doing the end of an attempt is; undefined if it got through as expected, or could not be judged. Pure.
 * @param ofReference the attempts of the same cell with the reference UE and the same other boxes; undefined if the run
 *   has no such cell
 */
export function faultOf(
  attempt: AttemptResult,
  ofReference: readonly AttemptResult[] | undefined,
): Fault | undefined {
  if (attempt.verdict === 'unsupported') return 'cannot';
  if (attempt.verdict === 'inconclusive') return undefined;
  if (!isUnexpected(attempt)) return attempt.verdict === 'passed' ? undefined : 'firewall';
  const tried = ofReference?.filter((other) => isSameRung(other, attempt) && isJudged(other)) ?? [];
  if (tried.length === 0) return 'phone-or-other-box';
  return tried.some(isUnexpected) ? 'other-box' : 'phone';
}

const isJudged = ({ verdict }: AttemptResult): boolean =>
  verdict !== 'unsupported' && verdict !== 'inconclusive';
