import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../testing/cli';
import { RunFolder, takeFolder } from './run-folder';

const folder = temporaryFolder();
const refusal = (out: string): unknown =>
  expect.objectContaining({
    code: 'OUT_NOT_EMPTY',
    message: `${out} has files already, or another run writes there, and results are never mixed; choose another folder with --out, or remove this one`,
  });

it('takes a folder that is new, or empty', async () => {
  const [made, empty] = [join(folder, 'new/deep'), join(folder, 'empty')];
  mkdirSync(empty);
  for (const out of [made, empty]) {
    await RunFolder.open(out);
    expect(readdirSync(out).sort()).toEqual(['captures', 'keys.log', 'nodes']);
  }
});

it.each([
  ['of an earlier run', 'result.json'],
  ['of anybody', '.hidden'],
])('refuses a folder that has a file %s, and leaves it as it is', async (_, name) => {
  const out = join(folder, `used-${name}`);
  mkdirSync(out);
  writeFileSync(join(out, name), '');
  await expect(RunFolder.open(out)).rejects.toThrow(refusal(out) as Error);
  await expect(takeFolder(out, 'table.md')).rejects.toThrow(refusal(out) as Error);
  expect(readdirSync(out)).toEqual([name]);
});

it('is had by one at most of several who want it at the same time, and whoever has it is not disturbed', async () => {
  for (let round = 0; round < 20; round++) {
    const out = join(folder, `contested-${round}`);
    const wanted = [...Array<undefined>(4)].map((_, index) => takeFolder(out, `first-${index % 2}`));
    const got = (await Promise.allSettled(wanted)).filter(({ status }) => status === 'fulfilled');
    expect(got.length).toBeLessThanOrEqual(1);
    expect(existsSync(out) ? readdirSync(out).length : 0).toBe(got.length);
  }
  const out = join(folder, 'contested');
  const runs = await Promise.allSettled([...Array<undefined>(4)].map(() => RunFolder.open(out)));
  expect(runs.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

it('has what was appended in its file at once, and appends nothing behind what could not be written', async () => {
  const out = join(folder, 'appended');
  const run = await RunFolder.open(out);
  const file = run.appender('events.jsonl');
  for (const text of ['one\n', 'zwölf\n']) file.append(text);
  expect(readFileSync(join(out, 'events.jsonl'), 'utf8')).toBe('one\nzwölf\n');
  file.close();

  mkdirSync(join(out, 'full'));
  const full = run.appender('full');
  full.append('one\n');
  await expect(run.failed).rejects.toThrow(expect.objectContaining({ code: 'OUT_NOT_WRITABLE' }) as Error);
  rmdirSync(join(out, 'full'));
  full.append('two\n');
  full.close();
  expect(existsSync(join(out, 'full'))).toBe(false);
});
