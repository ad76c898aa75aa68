import type { AttemptReport, Identifier } from '../../nodes/ue/protocol';
import type { AttemptResult } from '../judge/result';

/** What the UE itself said of the end of an attempt. */
export const witnessOf = ({ end, failure }: AttemptReport): AttemptResult['witness'] => ({ end, ...failure });

/** What an attempt can be found by: its times, its sockets, and what its packets carry. */
export function traceOf(
  report: AttemptReport,
): Pick<AttemptResult, 'startedAt' | 'endedAt' | 'durationMs' | 'sockets' | 'identifiers'> {
  return {
    ...timesOf(report),
    sockets: report.flows.map(({ attempt: _own, ...socket }) => socket),
    identifiers: identifiersOf(report),
  };
}

/** To the microsecond, as captures have it. */
const exact = (ms: number): number => Math.round(ms * 1000) / 1000;

function timesOf({
  startedAt,
  durationMs,
}: AttemptReport): Pick<AttemptResult, 'startedAt' | 'endedAt' | 'durationMs'> {
  return {
    startedAt: exact(startedAt),
    endedAt: exact(startedAt + durationMs),
    durationMs: Math.round(durationMs * 10) / 10,
  };
}

function identifiersOf({ identifiers }: AttemptReport): AttemptResult['identifiers'] {
  const valuesOf = (wanted: Identifier['kind']): string[] =>
    identifiers.filter(({ kind }) => kind === wanted).map(({ value }) => value);
  return {
    callIds: valuesOf('sip-call-id'),
    branches: valuesOf('sip-branch'),
    stunTransactions: valuesOf('stun-transaction'),
  };
}
