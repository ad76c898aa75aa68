import { attempt, cell, run } from '../report/result-fixture';
import type { RunEvent } from './events';
import { Journal } from './journal';
import { parseJournal } from './reader';
import { eventsOf } from './testing/events';

const result = run([cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1)]);

test('what is told and what is written are the same, a line each, and come to the same result', () => {
  let text = '';
  const told: RunEvent[] = [];
  const journal = new Journal(
    (line) => (text += line),
    (event) => {
      // The event is written by now, so a reader who then kills the run finds it in the file.
      expect(text).toContain(JSON.stringify(event));
      told.push(event);
    },
  );
  const [began, ...others] = eventsOf(result);
  if (began?.type !== 'run-began') throw new Error('a journal begins');
  journal.begin({ run: began.run, cells: began.cells });
  for (const { at: _at, ...event } of others) journal.add(event);
  expect(parseJournal(text, '').events).toEqual(told);
  const { durationMs, ...same } = journal.state.result()!.run;
  expect(same).toEqual({ ...result.run, durationMs: undefined });
  expect(durationMs).toBe(told.at(-1)!.at - Date.parse(result.run.startedAt));
  expect(journal.state.result()!.cells).toEqual(result.cells);
});

test('after the end of the run only warnings are written', () => {
  const lines: string[] = [];
  const journal = new Journal(
    (line) => lines.push(line),
    () => undefined,
  );
  journal.add({ type: 'run-ended', interrupted: true });
  journal.add({ type: 'outage', node: 'peer', code: 'NODE_DIED', text: 'peer ended' });
  journal.add({ type: 'warning', code: 'NOT_TAKEN_DOWN', text: 'it stands' });
  expect(lines.map((line) => (JSON.parse(line) as RunEvent).type)).toEqual(['run-ended', 'warning']);
});
