import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { journalOf, filesOf, result, writeFiles } from '../bundle/testing/runs';
import { rejudge } from '../judge/rejudge';
import type { RunResult } from '../judge/result';
import { cli, finished, resultIn, startCli, temporaryFolder, type Finished } from '../testing/cli';
import { until } from '../testing/processes';

const folder = temporaryFolder();
const stored = rejudge(result);
const temporary = mkdtempSync(join(folder, 'temporary-'));
const run = (...args: string[]): Promise<Finished> => cli(args, { env: { TMPDIR: temporary } });
const runOf = (name: string, of: RunResult): string =>
  writeFiles(join(folder, name), {
    ...filesOf(of),
    'result.json': JSON.stringify(of),
    'events.jsonl': journalOf(of),
  });
const whole = runOf('whole', stored);

afterEach(() => expect(readdirSync(temporary)).toEqual([]));

it('bundles a run, and judges, reports and merges the bundle as the folder', async () => {
  const out = join(folder, 'whole.nimsfw');
  const bundled = await run('bundle', whole);
  expect(bundled).toMatchObject({ exitCode: 0, stderr: '' });
  expect(bundled.stdout).toMatch(
    /^\S*whole\.nimsfw: run r1, 7 files of 0\.0 MiB in 0\.0 MiB\nLeft out, as it can be made again of the rest, or is not of the run: captures\/0\.pcapng, table\.md\n$/,
  );
  const judged = await run('judge', out);
  expect(judged).toEqual({
    ...{ exitCode: 0, stderr: '' },
    stdout: `Judged again: 2 attempts, 2 cells, 14 claims.
Held against its journal.
Looked up: 0 frames that evidence cites.
Everything agrees.
`,
  });
  expect(await run('judge', whole)).toEqual(judged);
  const reported = join(folder, 'reported');
  const { exitCode, stdout } = await run('report', out, '--out', reported);
  expect(stdout).toContain(`Files: ${reported}\n`);
  expect(exitCode).toBe((await run('report', whole, '--out', join(folder, 'reported-too'))).exitCode);
  expect(resultIn(reported)).toEqual(stored);
  expect((await run('merge', out, '--out', join(folder, 'merged'))).stderr).toBe('');
  expect(resultIn(join(folder, 'merged')).cells).toEqual(stored.cells);
});

it('a bundle without its captures says so to whoever reads it', async () => {
  const out = join(folder, 'small.nimsfw');
  const { stdout } = await run('bundle', whole, '-o', out, '--without-captures');
  expect(stdout).toContain(', without the captures\n');
  const { exitCode, stderr } = await run('judge', out);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: `nimsfw: ${out} was bundled without the captures of the run; nothing can be looked up in them [BUNDLED_WITHOUT]\n`,
  });
});

it('ends with 1 where something does not agree, with 2 where there is nothing, and names keys that are not there', async () => {
  const [first, ...others] = stored.cells;
  const lie = runOf('lie', stored);
  writeFileSync(
    join(lie, 'result.json'),
    JSON.stringify({ ...stored, cells: [{ ...first!, outcome: 'flaky' }, ...others] }),
  );
  expect(await run('judge', lie)).toEqual({
    ...{ exitCode: 1, stderr: '' },
    stdout: `0/register/aes: outcome is "flaky" as stored, and "expected" by its evidence
0/register/aes: outcome is "flaky" as stored, and "expected" in the journal
Judged again: 2 attempts, 2 cells, 14 claims.
Held against its journal.
Looked up: 0 frames that evidence cites.
In all 2 disagreements.
`,
  });
  const [attempt] = first!.attempts;
  const identifiers = { ...attempt!.identifiers, espSpis: ['00001001'] };
  const keyless = { ...first!, attempts: [{ ...attempt!, identifiers }] };
  expect(await run('judge', runOf('keyless', { ...stored, cells: [keyless, ...others] }))).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(
      '\nNot available, as no file esp_sa has them: the keys of 1 security association.\nEverything agrees.\n',
    ),
  });
  const nothing = runOf('nothing', rejudge({ ...stored, cells: [] }));
  const { exitCode, stdout } = await run('judge', nothing);
  expect(exitCode).toBe(2);
  expect(stdout).toContain('\nThere was nothing to judge.\n');
});

it('refuses with one line what is no bundle, and a bundle for which there is no folder', async () => {
  const out = join(folder, 'cut.nimsfw');
  expect(await run('bundle', whole, '-o', out)).toMatchObject({ exitCode: 0 });
  expect(await run('bundle', whole, '-o', out)).toEqual({
    ...{ exitCode: 3, stdout: '' },
    stderr: `nimsfw: ${out} is there already; choose another file with --out, or overwrite it with --force [OUT_EXISTS]\n`,
  });
  expect(await run('report', out)).toEqual({
    ...{ exitCode: 3, stdout: '' },
    stderr: `nimsfw: ${out} is one file, and its documents are several; name a folder for them with --out [USAGE]\n`,
  });
  writeFileSync(out, readFileSync(out).subarray(0, -3));
  for (const command of ['judge', 'report', 'merge', 'bundle', 'conformance'])
    expect(await run(command, out)).toEqual({
      ...{ exitCode: 3, stdout: '' },
      stderr: `nimsfw: ${out} ends before it is whole; copy or download it again [BUNDLE_TRUNCATED]\n`,
    });
});

describe('a signal while a bundle is open', () => {
  const large = join(folder, 'large');
  const bundle = join(folder, 'large.nimsfw');
  beforeAll(async () => {
    runOf('large', stored);
    // So large that it is still being unpacked when the signal comes.
    writeFileSync(join(large, 'captures/0-core-side.pcap'), randomBytes(256 * 1024 * 1024));
    expect(await run('bundle', large, '-o', bundle)).toMatchObject({ exitCode: 0 });
  });
  afterAll(() => rmSync(large, { recursive: true }));

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s leaves nothing', async (signal) => {
    const child = startCli(['judge', bundle], { env: { TMPDIR: temporary } });
    await until(() => readdirSync(temporary).length > 0, 'the folder of a bundle', 60_000);
    child.kill(signal);
    await finished(child);
    expect(child.signalCode).toBe(signal);
  });

  it('and what is left by SIGKILL is removed by the next', async () => {
    const child = startCli(['judge', bundle], { env: { TMPDIR: temporary } });
    await until(() => readdirSync(temporary).length > 0, 'the folder of a bundle', 60_000);
    child.kill('SIGKILL');
    await finished(child);
    const [left] = readdirSync(temporary);
    expect(left).toMatch(/^nimsfw-run-/);
    expect(await run('judge', join(folder, 'whole.nimsfw'))).toMatchObject({ exitCode: 0 });
  });

  it('is no less when a bundle is written', async () => {
    const beside = join(folder, 'beside');
    mkdirSync(beside);
    const child = startCli(['bundle', large, '-o', join(beside, 'x.nimsfw')], { env: { TMPDIR: temporary } });
    await until(() => readdirSync(beside).length > 0, 'the beginning of a bundle', 60_000);
    child.kill('SIGTERM');
    await finished(child);
    expect(readdirSync(beside)).toEqual([]);
  });
});
