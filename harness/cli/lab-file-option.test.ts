import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../lab/lab-error';
import { temporaryFolder } from '../testing/cli';
import { loadLabFile } from './lab-file-option';

const folder = temporaryFolder();

/** Writes files to a folder of their own and loads the first; returns the error as a user sees it, without the folder. */
function errorOf(name: string, files: Readonly<Record<string, string | Buffer>>): string {
  const own = join(folder, name);
  mkdirSync(own);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(own, file), text);
  return errorOfFile(join(own, Object.keys(files)[0]!)).replaceAll(`${own}/`, '');
}

function errorOfFile(file: string): string {
  try {
    loadLabFile(file);
  } catch (error) {
    if (error instanceof LabError) return `${error.message} [${error.code}]`;
    throw error;
  }
  return 'is a lab file';
}

const form = 'docs/boxes.md shows the form [LAB_FILE_MALFORMED]';

test.each([
  [
    'firewall',
    { 'a.yaml': 'measure:\n  firewalls: closd' },
    'a.yaml:2: measure.firewalls: there is no firewall "closd"; did you mean closed? Take one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, closed, intercepting',
  ],
  [
    'catalogue',
    { 'a.yaml': 'measure: { catalogue: nowhere.yaml }' },
    'a.yaml:1: measure.catalogue: cannot read the catalogue nowhere.yaml (ENOENT); check its path',
  ],
  [
    'malformed-catalogue',
    { 'a.yaml': 'ue: reference\nmeasure: { catalogue: b.yaml }', 'b.yaml': 'firewalls: 5' },
    'a.yaml:2: measure.catalogue: b.yaml:1: firewalls: must be a list, not 5; docs/firewalls.md shows the form',
  ],
  [
    'deep',
    { 'a.yaml': '['.repeat(100_000) },
    /^a\.yaml:1: is not YAML: Maximum call stack size exceeded; and \d+ more: .{0,2000}$/,
  ],
])('what a lab file leads to is checked with it: %s', (name, files, problem) => {
  const found = errorOf(name, files);
  if (typeof problem === 'string') expect(found).toBe(`${problem}; ${form}`);
  else expect(found.slice(0, -form.length - 2)).toMatch(problem);
});

test('a catalogue of one’s own has its firewalls', () => {
  const catalogue = 'firewalls: [{ id: mine, title: t, summary: s, knobs: {} }]';
  const text = 'measure: { catalogue: b.yaml, firewalls: mine }';
  expect(errorOf('own', { 'a.yaml': text, 'b.yaml': catalogue })).toBe('is a lab file');
});

test.each([
  [
    'huge',
    { 'a.yaml': '# x\n'.repeat(1_000_000) },
    'a.yaml: is larger than 256 KiB; is it a lab file? [LAB_FILE_MALFORMED]',
  ],
  [
    'binary',
    { 'a.yaml': Buffer.from([0xff, 0xfe, 0, 0x75]) },
    'a.yaml: is not UTF-8; save it as that [LAB_FILE_MALFORMED]',
  ],
])('what is no text of a person is told at once: %s', (name, files, error) => {
  expect(errorOf(name, files)).toBe(error);
});

test('a device that never ends is no lab file', () => {
  expect(errorOfFile('/dev/zero')).toBe(
    '/dev/zero: is larger than 256 KiB; is it a lab file? [LAB_FILE_MALFORMED]',
  );
});

test('a folder is no lab file', () => {
  expect(errorOfFile(folder)).toBe(
    `cannot read the lab file ${folder} (EISDIR); check its path [LAB_FILE_UNREADABLE]`,
  );
});
