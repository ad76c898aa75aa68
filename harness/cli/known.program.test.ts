import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, cell, run } from '../report/result-fixture';
import { cli, resultIn, temporaryFolder, type Finished } from '../testing/cli';

const folder = temporaryFolder();
const failing = cell('6/register/aes', [attempt('3 tls:443', 'failed', { expected: 'passed' })], null, {
  expected: 3,
  outcome: 'unexpected',
});
const stored = join(folder, 'stored');
mkdirSync(stored);
writeFileSync(join(stored, 'result.json'), JSON.stringify(run([failing])));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const report = (...args: string[]): Promise<Finished> =>
  cli(['report', stored, '--reporter', 'json', ...args]);

it('a known deviation does not fail, and its reason is stored', async () => {
  const known = file('known.yaml', 'known: [{ cell: 6/*, reason: no CONNECT }]');
  const out = join(folder, 'out');
  expect((await report('--out', join(folder, 'without'))).exitCode).toBe(1);
  expect((await report('--out', out, '--known', known)).exitCode).toBe(0);
  expect(resultIn(out).cells[0]!.known).toEqual({ reason: 'no CONNECT' });
  // Who reads the result again need not name the file again.
  expect((await cli(['report', out, '--reporter', 'json'])).exitCode).toBe(0);
});

it('a file with a mistake is refused by its line', async () => {
  const wrong = file('wrong.yaml', 'known:\n  - cel: 6/*\n    reason: a\n');
  expect(await report('--known', wrong)).toEqual({
    exitCode: 3,
    stdout: '',
    stderr: `nimsfw: ${wrong}:2: known[0].cel: is not known (did you mean cell?; allowed: cell, traversedAt, outcome, reason, issue, until); and 1 more: ${wrong}:2: known[0].cell: is missing (text); docs/ci.md shows the form [KNOWN_MALFORMED]\n`,
  });
  expect((await report('--known', join(folder, 'none.yaml'))).stderr).toBe(
    `nimsfw: cannot read the file of known deviations ${join(folder, 'none.yaml')} (ENOENT); check its path [KNOWN_UNREADABLE]\n`,
  );
});
