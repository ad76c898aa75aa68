import { decideClaims } from '../judge/claims';
import type { AttemptResult } from '../judge/result';
import { attempt, cell, run } from '../report/result-fixture';
import type { RunEvent } from './events';
import { reduce } from './reduce';
import { eventsOf } from './testing/events';

const cells = [
  cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1),
  cell('3/register/aes', [attempt('1 udp:5060', 'blocked'), attempt('3 tls:443', 'passed')], 3),
];
const result = run(cells, decideClaims(cells), {
  outages: [{ node: 'turn', code: 'NODE_DIED', text: 'turn was killed' }],
});
const events = eventsOf(result);
const until = (type: RunEvent['type'], which: number): RunEvent[] => {
  const places = events.flatMap((event, index) => (event.type === type ? [index] : []));
  return events.slice(0, places.at(which)! + 1);
};

test('a journal comes to the result of its run', () => {
  expect(reduce(events)).toEqual(result);
});

test('without a beginning there is none', () => {
  expect(reduce([])).toBeUndefined();
});

test('of a run that was killed, every attempt that was judged is there; cells that had not ended are skipped', () => {
  const cut = until('attempt', 1);
  const partial = reduce(cut)!;
  expect(partial.cells).toEqual([
    cells[0],
    { ...cells[1], attempts: cells[1]!.attempts.slice(0, 1), traversedAt: null, outcome: 'skipped' },
  ]);
  expect(partial.run).toEqual({
    ...result.run,
    interrupted: true,
    durationMs: cut.at(-1)!.at - Date.parse(result.run.startedAt),
  });
  expect(partial.summary).toEqual({
    expected: 1,
    unexpected: 0,
    flaky: 0,
    inconclusive: 0,
    unsupported: 0,
    skipped: 1,
  });
  expect(partial.claims).toEqual(decideClaims(partial.cells));
});

test('an attempt that is judged again stays in its place, as it was judged last', () => {
  const evidence: AttemptResult['evidence'] = [
    { kind: 'outage', node: 'turn', at: 1, text: 'turn was killed' },
  ];
  const again = { ...cells[1]!.attempts[0]!, verdict: 'inconclusive', evidence } as const;
  const more = [
    ...until('attempt', 2),
    { type: 'attempt', at: 1, cell: '3/register/aes', attempt: again } as const,
  ];
  expect(reduce(more)!.cells[1]!.attempts).toEqual([again, cells[1]!.attempts[1]]);
});

test('attempts on the network that the UE moved to come after those on its own, whichever ended first', () => {
  const left = attempt('1 udp:5060', 'passed');
  const arrived = attempt('3 tls:443', 'passed', { at: '8' });
  const moved = { ...cell('0/access-change/aes', [arrived, left], 3), to: '8' };
  expect(reduce(eventsOf(run([moved])))!.cells[0]!.attempts).toEqual([left, arrived]);
});

test('what comes after the end of the run is no part of its result', () => {
  const late: RunEvent[] = [
    { type: 'warning', at: 9e12, code: 'NOT_TAKEN_DOWN', text: 'it stands' },
    { type: 'outage', at: 9e12, node: 'peer', code: 'NODE_DIED', text: 'peer ended' },
  ];
  expect(reduce([...events, ...late])).toEqual(result);
});

test('an end by a signal marks the result', () => {
  const stopped = [...until('cell-ended', 0), { type: 'run-ended', at: 0, interrupted: true } as const];
  expect(reduce(stopped)!.run.interrupted).toBe(true);
});
