import type { AttemptReport, Identifier } from '../../nodes/ue/protocol';
import type { ObservedWays } from '../evidence/observed-attempt';
import type { AttemptResult } from '../judge/result';

/** Returns how the attempt ended, as the UE reported it, and the ways that the lab observed. */
export const witnessOf = (
  { end, failure }: AttemptReport,
  observed: ObservedWays | undefined,
): AttemptResult['witness'] => ({ end, ...failure, ...(observed ? { observed } : {}) });

/**
 * Returns the properties by which an attempt can be found in captures and logs: its times, its sockets and the
 * identifiers in its packets.
 */
export function traceOf(
  report: AttemptReport,
): Pick<AttemptResult, 'startedAt' | 'endedAt' | 'durationMs' | 'sockets' | 'identifiers'> {
  return {
    ...timesOf(report),
    sockets: report.flows.map(({ attempt: _own, ...socket }) => socket),
    identifiers: identifiersOf(report),
  };
}

/** Rounds a time in ms to the microsecond, the resolution of captures. */
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
  const spis = valuesOf('esp-spi');
  return {
    callIds: valuesOf('sip-call-id'),
    branches: valuesOf('sip-branch'),
    stunTransactions: valuesOf('stun-transaction'),
    ...(spis.length > 0 ? { espSpis: spis } : {}),
  };
}
