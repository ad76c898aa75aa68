import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventsOf } from '../../harness/journal/testing/events';
import { attempt, cell, run } from '../../harness/report/result-fixture';
import { cli, temporaryFolder } from '../../harness/testing/cli';
import { installation } from '../../nodes/installation';

const events = eventsOf(
  run([
    cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1),
    cell('3/register/aes', [attempt('1 udp:5060', 'passed', { expected: 'blocked' })], 1, {
      expected: null,
      outcome: 'unexpected',
    }),
    cell('8/register/aes', [attempt('3 connect:443', 'blocked')], null),
  ]),
);

const folder = temporaryFolder();
const file = join(installation, 'examples/reporter/tap.mjs');

/** What the example prints of a run with this journal. */
async function shown(journal: typeof events): Promise<string> {
  writeFileSync(join(folder, 'events.jsonl'), journal.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const { stdout, stderr } = await cli(['report', folder, '--reporter', file]);
  expect(stderr).toBe('');
  return stdout;
}

it('is what docs/extending.md shows', () => {
  const [, code] = readFileSync(file, 'utf8').split(/^ \*\/\n/m);
  expect(readFileSync(join(installation, 'docs/extending.md'), 'utf8')).toContain(`\`\`\`js\n${code}\`\`\``);
});

it('is named by its path, and nothing else is needed', async () => {
  expect(await shown(events)).toBe(`TAP version 13
1..3
ok 1 - 0/register/aes: got through at step 1
not ok 2 - 3/register/aes: got through at step 1
ok 3 - 8/register/aes: nothing got through
`);
});

it('counts a cell that the phone cannot try as skipped, which is no failure', async () => {
  const unable = run([
    cell('0/message/aes', [attempt('1 udp:5060', 'unsupported')], null, { outcome: 'unsupported' }),
  ]);
  expect(await shown(eventsOf(unable))).toBe(`TAP version 13
1..1
ok 1 - 0/message/aes: nothing got through # SKIP the phone cannot try it
`);
});

it('says of a run that was killed that it ended early', async () => {
  const first = events.findIndex(({ type }) => type === 'cell-ended');
  expect(await shown(events.slice(0, first + 1))).toBe(`TAP version 13
1..3
ok 1 - 0/register/aes: got through at step 1
Bail out! the run ended early
`);
});
