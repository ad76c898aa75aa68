import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runResult, type RunResult } from '../judge/result';
import { writeResultFiles, writeWhole } from './files';
import { toHtml } from './html';
import { toJson } from './json';
import { toJUnit } from './junit';
import { toMarkdown } from './markdown';
import type { RunPlaces } from './reporter';
import { attempt, cell, run } from './result-fixture';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nimsfw-files-'));
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

const placesOf = (out: string): RunPlaces => ({ out, folder: undefined });

const result = run([cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1)]);

test('a file for each document, and the JSON reads back as the result', async () => {
  const out = join(folder, 'new/deep');
  await writeResultFiles(result, placesOf(out));
  expect(readdirSync(out).sort()).toEqual(['junit.xml', 'report.html', 'result.json', 'table.md']);
  expect(runResult.parse(JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')))).toEqual(result);
  expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toBe(toJUnit(result));
  expect(readFileSync(join(out, 'table.md'), 'utf8')).toBe(toMarkdown(result));
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toBe(await toHtml(result, placesOf(out)));
});

test('a result that does not fit the schema is not written', async () => {
  const wrong = { ...result, summary: { ...result.summary, flaky: 0.5 } };
  await expect(writeResultFiles(wrong, placesOf(folder))).rejects.toThrow(
    expect.objectContaining({
      code: 'RESULT_INVALID',
      message: expect.stringMatching(
        /^the result does not fit its own schema at summary\.flaky: .*; please report this bug$/,
      ),
    }),
  );
  expect(readdirSync(folder)).toEqual([]);
});

test('what is not in the schema is left out', () => {
  const more = { ...result, secret: 'x' } as RunResult;
  expect(toJson(more)).toBe(toJson(result));
});

test('a folder that is a file is told with the remedy, and nothing is left behind', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, 'mine');
  await expect(writeResultFiles(result, placesOf(file))).rejects.toThrow(
    expect.objectContaining({
      code: 'OUT_NOT_WRITABLE',
      message: expect.stringMatching(
        /result\.json cannot be written \(.*\); choose another folder with --out$/,
      ),
    }),
  );
  expect(readdirSync(folder)).toEqual(['file']);
  expect(readFileSync(file, 'utf8')).toBe('mine');
});

test('a file that cannot take its name leaves no half-written one', async () => {
  await writeResultFiles(result, placesOf(join(folder, 'taken')));
  expect(() => writeWhole(join(folder, 'taken'), 'text')).toThrow(/cannot be written/);
  expect(readdirSync(folder)).toEqual(['taken']);
});
