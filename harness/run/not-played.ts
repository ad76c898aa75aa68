import type { AttemptReport } from '../../nodes/ue/protocol';

/**
 * Returns the report of an attempt that was not begun or not finished because a needed node was out of order.
 */
export function notPlayed(attempt: string, startedAt = Date.now()): AttemptReport {
  const failure = { code: 'ABANDONED', text: 'not played to its end' } as const;
  const durationMs = Date.now() - startedAt;
  return { attempt, startedAt, durationMs, end: 'abandoned', failure, flows: [], identifiers: [] };
}
