import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decideClaims } from '../judge/claims';
import { eventsOf } from '../journal/testing/events';
import { toTerminal } from '../report';
import { attempt, cell, run } from '../report/result-fixture';
import { cli, resultIn, temporaryFolder, type Finished } from '../testing/cli';

const folder = temporaryFolder();
const cells = [
  cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1),
  cell('3/register/aes', [attempt('1 udp:5060', 'blocked')], null),
];
const result = run(cells, decideClaims(cells));
const journal = eventsOf(result)
  .map((event) => `${JSON.stringify(event)}\n`)
  .join('');

/** Makes a folder with these files. */
function folderWith(name: string, files: Readonly<Record<string, string>>): string {
  const made = join(folder, name);
  mkdirSync(made);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(made, file), text);
  return made;
}

const report = (...args: string[]): Promise<Finished> => cli(['report', ...args]);

it('makes result, JUnit and table where the run has left its journal, and prints what the run printed', async () => {
  const out = folderWith('whole', { 'events.jsonl': journal });
  const { exitCode, stdout, stderr } = await report(out);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('\n  4.0 s      2/2  3/register/aes  none\n');
  expect(stdout).toContain(
    `\n${toTerminal(result, false)}\nFiles: ${out}\nreport.html there shows each cell with its packets, table.md has it all as text\n`,
  );
  expect(resultIn(out)).toEqual(result);
  expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toContain('tests="2" failures="0"');
  expect(readFileSync(join(out, 'table.md'), 'utf8')).toContain('**2 cells in ');
});

it('leaves a torn last line out and says so; what was judged is there, and the rest is skipped', async () => {
  const out = folderWith('torn', { 'events.jsonl': journal.slice(0, journal.indexOf('"blocked"')) });
  const elsewhere = join(folder, 'elsewhere');
  expect(await report(out, '--out', elsewhere, '--reporter', 'json')).toEqual({
    exitCode: 2,
    stdout: readFileSync(join(elsewhere, 'result.json'), 'utf8'),
    stderr: `nimsfw: the last line of the journal in ${out} was written in part only, as by a run that was killed, and is left out; what was judged before is all there [LAST_LINE_TORN]\n`,
  });
  const { run: of, cells } = resultIn(elsewhere);
  expect(of.interrupted).toBe(true);
  expect(cells.map(({ outcome }) => outcome)).toEqual(['expected', 'skipped']);
});

it('shows the result of a merge, which has no journal', async () => {
  const out = folderWith('merged', { 'result.json': JSON.stringify(result) });
  const { exitCode, stdout } = await report(out, '--reporter', 'markdown');
  expect(exitCode).toBe(0);
  expect(stdout).toBe(readFileSync(join(out, 'table.md'), 'utf8'));
});

it.each([
  [
    'nothing',
    {},
    'cannot read OUT/events.jsonl (ENOENT); name a folder that nimsfw run --out has written [JOURNAL_UNREADABLE]',
  ],
  [
    'a run that never began',
    { 'events.jsonl': '' },
    'the run of OUT ended before it began to measure: its journal has no event; measure again [JOURNAL_EMPTY]',
  ],
  [
    'a line in the middle that is none',
    { 'events.jsonl': journal.replace('\n', '\n{"type":\n') },
    'line 2 of OUT/events.jsonl is no event of a run (no JSON), so that nobody knows what it said; take the journal as the run has written it, or measure again [JOURNAL_TORN]',
  ],
])('refuses a folder with %s', async (name, files, line) => {
  const out = folderWith(name, files);
  expect(await report(out)).toEqual({
    exitCode: 3,
    stdout: '',
    stderr: `nimsfw: ${line.replace('OUT', out)}\n`,
  });
});

describe('a reporter of one’s own', () => {
  const out = folderWith('own', { 'events.jsonl': journal });
  const told = 'run-began versions cell-began attempt cell-ended cell-began attempt cell-ended run-ended\n';
  const body = `let types = [];
    const own = { onEvent: ({ type }) => void types.push(type), onEnd: () => console.log(types.join(' ')) };`;

  it.each([
    ['module.mjs', `${body} export default own;`],
    ['named.mjs', `${body} export const reporter = own;`],
    ['common.cjs', `${body} module.exports = own;`],
    [
      'compiled.cjs',
      `${body} Object.defineProperty(exports, '__esModule', { value: true }); exports.default = own;`,
    ],
    [
      'makes.mjs',
      `${body} export default ({ write }) => ({ ...own, onEnd: () => write(types.join(' ') + '\\n') });`,
    ],
  ])('is loaded by its path: %s', async (name, text) => {
    const file = join(folderWith(`of-${name}`, { [name]: text }), name);
    expect(await report(out, '--reporter', file)).toEqual({ exitCode: 0, stdout: told, stderr: '' });
  });

  it('prints on standard error where a document has standard output', async () => {
    const file = join(
      folderWith('beside', { 'own.mjs': `export default ({ write }) => ({ onEnd: () => write('own\\n') })` }),
      'own.mjs',
    );
    const { stdout, stderr } = await report(out, '--reporter', `json,${file}`);
    expect([stdout, stderr]).toEqual([readFileSync(join(out, 'result.json'), 'utf8'), 'own\n']);
  });

  it.each([
    [
      'missing.mjs',
      undefined,
      'there is no file FILE; name a reporter of yours as ./name.js [REPORTER_NOT_FOUND]',
    ],
    [
      'throws.mjs',
      'throw new Error("not\\ntoday")',
      'FILE cannot be loaded as a reporter (not today); mend it, or leave it out [REPORTER_BROKEN]',
    ],
    [
      'needs.mjs',
      'import "./nothing.mjs"; export default {}',
      expect.stringMatching(
        /^FILE cannot be loaded as a reporter \(Cannot find module .*\[REPORTER_BROKEN\]$/,
      ),
    ],
    [
      'makes-none.mjs',
      'export default () => { throw new Error("no") }',
      'FILE cannot be loaded as a reporter (no); mend it, or leave it out [REPORTER_BROKEN]',
    ],
    [
      'none.mjs',
      'export default { onEnds() {} }',
      'FILE exports no reporter; its default export must be an object with onEvent or onEnd, or a function that gives one (docs/extending.md) [NOT_A_REPORTER]',
    ],
  ])('that is none is refused: %s', async (name, text, line) => {
    const file = join(folderWith(`not-${name}`, text === undefined ? {} : { [name]: text }), name);
    const { exitCode, stdout, stderr } = await report(out, '--reporter', file);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr.trimEnd().replace('nimsfw: ', '').replaceAll(file, 'FILE')).toEqual(line);
  });

  it('that throws while the run is shown does not stop it', async () => {
    const file = join(
      folderWith('fails', { 'own.mjs': 'export default { onEvent() { throw new Error("oh") } }' }),
      'own.mjs',
    );
    const { exitCode, stdout, stderr } = await report(out, '--reporter', `line,${file}`);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(toTerminal(result, false));
    expect(stderr).toBe(`nimsfw: a report broke off (oh); the files in ${out} have it [REPORT_FAILED]\n`);
  });
});
