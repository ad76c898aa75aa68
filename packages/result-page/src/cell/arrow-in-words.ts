import type { PageArrow, PageHop } from '../data';
import { milliseconds } from '../milliseconds';
import { labelOf } from './sequence-layout';

/** An arrow as a sentence, for who cannot see it: `SIP REGISTER, sip-ports at fw-3 denied it, ue-3 to pcscf, after 0.2 ms`. */
export function arrowInWords(arrow: PageArrow, parties: readonly PageHop[]): string {
  const { from, to, denied, afterMs, count, lastAfterMs } = arrow;
  return [
    labelOf(arrow),
    ...(denied ? [`${denied.rule} at ${partyAt(parties, denied.by)} denied it`] : []),
    `${partyAt(parties, from)} to ${partyAt(parties, to)}`,
    `after ${milliseconds(afterMs)}`,
    ...(count > 1 ? [`the last one after ${milliseconds(lastAfterMs)}`] : []),
  ].join(', ');
}

/** The id of a party; an index that no party has is shown as what it is. */
export const partyAt = (parties: readonly PageHop[], index: number): string =>
  parties[index]?.id ?? `party ${index}`;
