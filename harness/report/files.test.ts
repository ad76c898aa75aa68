import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runResult, type RunResult } from '../judge/result';
import { writeResultFiles, writeWhole } from './files';
import { toJson } from './json';
import { toJUnit } from './junit';
import { toMarkdown } from './markdown';
import { attempt, cell, run } from './result-fixture';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nimsfw-files-'));
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

const result = run([cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1)]);

test('three files, and the JSON reads back as the result', () => {
  const out = join(folder, 'new/deep');
  writeResultFiles(result, out);
  expect(readdirSync(out).sort()).toEqual(['junit.xml', 'result.json', 'table.md']);
  expect(runResult.parse(JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')))).toEqual(result);
  expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toBe(toJUnit(result));
  expect(readFileSync(join(out, 'table.md'), 'utf8')).toBe(toMarkdown(result));
});

test('a result that does not fit the schema is not written', () => {
  const wrong = { ...result, summary: { ...result.summary, flaky: 0.5 } };
  expect(() => writeResultFiles(wrong, folder)).toThrow(
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

test('a folder that is a file is told with the remedy, and nothing is left behind', () => {
  const file = join(folder, 'file');
  writeFileSync(file, 'mine');
  expect(() => writeResultFiles(result, file)).toThrow(
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

test('a file that cannot take its name leaves no half-written one', () => {
  writeResultFiles(result, join(folder, 'taken'));
  expect(() => writeWhole(join(folder, 'taken'), 'text')).toThrow(/cannot be written/);
  expect(readdirSync(folder)).toEqual(['taken']);
});
