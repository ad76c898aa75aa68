import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareRuns } from '../compare/compare';
import { comparison } from '../compare/comparison';
import { comparisonFormats } from '../compare/formats';
import { pageComparisonOf } from '../compare/page';
import { toHtml } from '../report/html';
import { attempt, cell, run } from '../report/result-fixture';
import type { RunResult } from '../judge/result';
import { cli, temporaryFolder, type Finished } from '../testing/cli';

const folder = temporaryFolder();
const good = run([cell('3/register/aes', [attempt('3 tls:443', 'passed')], 3)]);
const bad = run([
  cell('3/register/aes', [attempt('3 tls:443', 'failed', { expected: 'passed' })], null, {
    expected: 3,
    outcome: 'unexpected',
  }),
]);

/** Makes the folder of a run. */
function stored(name: string, result: RunResult): string {
  const made = join(folder, name);
  mkdirSync(made);
  writeFileSync(join(made, 'result.json'), JSON.stringify(result));
  return made;
}

const [a, b] = [stored('a', good), stored('b', bad)];
const compare = (...args: string[]): Promise<Finished> => cli(['compare', ...args]);

it('exits 1 if anything became worse, and 0 if not', async () => {
  const table = (before: RunResult, after: RunResult): string =>
    comparisonFormats.table(compareRuns(before, after), false);
  expect(await compare(a, b)).toEqual({ exitCode: 1, stdout: table(good, bad), stderr: '' });
  expect(await compare(b, a)).toEqual({ exitCode: 0, stdout: table(bad, good), stderr: '' });
  expect(await compare(b, b)).toEqual({ exitCode: 0, stdout: table(bad, bad), stderr: '' });
});

it('takes a result file too, and prints JSON and Markdown', async () => {
  const json = await compare(join(a, 'result.json'), b, '--reporter', 'json');
  expect(comparison.parse(JSON.parse(json.stdout))).toEqual(compareRuns(good, bad));
  expect(json.exitCode).toBe(1);
  const markdown = await compare(a, b, '--reporter', 'markdown');
  expect(markdown.stdout).toBe(comparisonFormats.markdown(compareRuns(good, bad)));
});

it('writes the page of the second run with what changed', async () => {
  const file = join(folder, 'page/changed.html');
  const { exitCode, stderr } = await compare(a, b, '--html', file);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
  const page = readFileSync(file, 'utf8');
  expect(page).toContain('3/register/aes: ');
  expect(page).toBe(
    await toHtml(bad, { out: join(folder, 'page'), folder: b }, pageComparisonOf(compareRuns(good, bad))),
  );
});

it.each([
  [
    'runs without a common cell',
    () => [a, stored('other', run([cell('0/register/aes', [], 1)]))],
    'the runs r1 and r1 have no cell in common; compare runs that measured a firewall with the same scenario, suite and security [INCOMPARABLE]',
  ],
  [
    'another reporter',
    () => [a, b, '--reporter', 'junit'],
    "option '--reporter <name>' argument 'junit' is invalid. Allowed choices are table, markdown, json; nimsfw --help shows the usage [USAGE]",
  ],
  ['one run', () => [a], "missing required argument 'run'; nimsfw --help shows the usage [USAGE]"],
])('refuses %s', async (_, args, line) => {
  expect(await compare(...args())).toEqual({ exitCode: 3, stdout: '', stderr: `nimsfw: ${line}\n` });
});
