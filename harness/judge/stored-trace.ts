import type { Identifier } from '../../nodes/ue/protocol';
import type { AttemptTrace } from '../evidence/trace';
import type { AttemptResult } from './result';

/** Longest difference, in ms, between a time as it was and as it is stored, which is to the microsecond. */
const roundingMs = 0.001;

/** Returns the properties by which packets of a stored attempt are recognised. */
export function storedTrace({
  id: attempt,
  startedAt,
  endedAt,
  sockets,
  identifiers: { callIds, branches, stunTransactions, espSpis = [] },
}: Pick<AttemptResult, 'id' | 'startedAt' | 'endedAt' | 'sockets' | 'identifiers'>): AttemptTrace {
  const of = (kind: Identifier['kind'], values: readonly string[]): Identifier[] =>
    values.map((value) => ({ attempt, kind, value }));
  return {
    startedAt: startedAt - roundingMs,
    endedAt: endedAt + roundingMs,
    flows: sockets.map((socket) => ({ attempt, ...socket })),
    identifiers: [
      ...of('sip-call-id', callIds),
      ...of('sip-branch', branches),
      ...of('stun-transaction', stunTransactions),
      ...of('esp-spi', espSpis),
    ],
  };
}
