import type { RunResult } from '../../judge/result';
import { eventsSchemaId, type RunEvent } from '../events';

/**
 * Returns a journal that a run with this result could have written, with one event per second until the end of
 * the run.
 */
export function eventsOf({ run, cells }: RunResult): RunEvent[] {
  const { durationMs, interrupted, versions, outages = [], ...began } = run;
  const startedAt = Date.parse(run.startedAt);
  let at = startedAt - 1000;
  const next = (): number => (at += 1000);
  return [
    {
      type: 'run-began',
      at: next(),
      schema: eventsSchemaId,
      run: began,
      cells: cells.map(({ attempts: _attempts, traversedAt: _step, outcome: _outcome, ...cell }) => cell),
    },
    { type: 'versions', at, versions },
    ...outages.map((one): RunEvent => ({ type: 'outage', at, ...one })),
    ...cells.flatMap(({ attempts, ...cell }): RunEvent[] => [
      { type: 'cell-began', at, cell: cell.id, round: 1 },
      ...attempts.map((attempt): RunEvent => ({ type: 'attempt', at: next(), cell: cell.id, attempt })),
      ...(cell.outcome === 'skipped' ? [] : [{ type: 'cell-ended', at: next(), cell } as const]),
    ]),
    { type: 'run-ended', at: startedAt + durationMs, interrupted },
  ];
}
