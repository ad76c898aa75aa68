import { toMarkdown } from './markdown';
import { measurementTables } from './measurement-table';
import { attempt, cell, run } from './result-fixture';
import { toTerminal } from './terminal';

const measured = (values: Readonly<Record<string, [number | string, string]>>) => ({
  measurements: Object.entries(values).map(([name, [value, unit]]) => ({ name, value, unit })),
});

const msrp = measured({
  content: [1_048_576, 'By'],
  'throughput-out': [20.5, 'Mbit/s'],
  'tls-connections': [3, ''],
});

test('a table for each scenario that measures, with the first attempt that got through', () => {
  const tables = measurementTables(
    run([
      cell('6/register/aes', [attempt('3 tls:443', 'passed')], 3),
      cell('6/msrp/aes', [attempt('2 tls:5061', 'blocked'), attempt('3 tls:443', 'passed', msrp)], 3),
      cell('closed/msrp/aes', [attempt('3 tls:443', 'blocked')], null),
    ]),
  );
  expect(tables).toEqual([
    {
      scenario: 'msrp',
      suite: 'aes',
      security: 'digest',
      head: [
        ...['firewall', 'step', 'content', 'out', 'both ways after'],
        ...['TLS connections', 'TLS set-up', 'resumed'],
      ],
      rows: [[expect.stringMatching(/^6/), 'step 3', '1024 KiB', '20.5 Mbit/s', '', '3', '', '']],
    },
  ]);
});

test('of a move, what was measured on the network that the UE moved to', () => {
  const there = measured({ 'media-interruption-at-ue': [69.6, 'ms'] });
  const left = measured({ 'media-interruption-at-ue': [1, 'ms'] });
  const move = {
    ...cell(
      '0/access-change/aes',
      [attempt('1 udp:5060', 'passed', left), attempt('3 connect:443', 'passed', { at: '8', ...there })],
      3,
    ),
    to: '8',
  };
  const [table] = measurementTables(run([move]));
  expect(table!.rows[0]).toEqual([expect.stringMatching(/^0 > 8/), 'step 3', '', '69.6 ms', '', '']);
});

test('terminal and Markdown show them, and nothing where nothing was measured', () => {
  const some = run([cell('6/msrp/aes', [attempt('3 tls:443', 'passed', msrp)], 3)]);
  expect(toTerminal(some, false)).toContain(
    '\nMeasured too\n  6: msrp, aes\n    content 1024 KiB; out 20.5 Mbit/s; TLS connections 3\n',
  );
  const many = run(['1', '2', '3', '4', '5'].map((id) => cell(`${id}/msrp/aes`, some.cells[0]!.attempts, 3)));
  expect(toTerminal(many, false)).toContain('\nMeasured too, in table.md\n  msrp (content, out, ');
  expect(toMarkdown(some)).toContain('## Measured\n\n### msrp, aes\n');
  const none = run([cell('6/register/aes', [attempt('3 tls:443', 'passed')], 3)]);
  expect(toTerminal(none, false)).not.toContain('Measured');
  expect(toMarkdown(none)).not.toContain('## Measured');
});

test('of a call, the values are those of two calls, and it is said which', () => {
  const call = measured({ 'outgoing-time-to-media': [80, 'ms'], 'incoming-time-to-media': [65, 'ms'] });
  const some = run([cell('6/call/aes', [attempt('3 tls:443', 'passed', call)], 3)]);
  const [table] = measurementTables(some);
  expect(table!.rows[0]).toContain('80 ms, 65 ms');
  const legend =
    'of two values, the first is of the call that the UE made, the second of the one that it got';
  expect(table!.legend).toBe(legend);
  expect(toTerminal(some, false)).toContain(
    '\n    first RTP at UE 80 ms, 65 ms\n  (of two values, the first is ',
  );
  expect(toMarkdown(some)).toContain(`\n(${legend})\n`);
});
