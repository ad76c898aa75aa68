import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hssSubscribers } from './config';
import { readConfigFile } from './read-file';

const folder = mkdtempSync(join(tmpdir(), 'hss-'));
const file = join(folder, 'subscribers.json');
afterAll(() => rmSync(folder, { recursive: true }));

const user = (name: string): { impi: string; impus: string[]; password: string } => ({
  ...{ impi: `${name}@ims.example`, impus: [`sip:${name}@ims.example`], password: 'secret' },
});
const [a, b] = [user('a'), user('b')];

test.each<[string, unknown, string]>([
  [
    'an IMPI twice',
    [a, { ...b, impi: a.impi }],
    'is wrong at 1.impi: a@ims.example is there twice; give it to one',
  ],
  [
    'an IMPU twice',
    [a, { ...b, impus: a.impus }],
    'is wrong at 1.impus: sip:a@ims.example is there twice; give it to one',
  ],
  ['what it does not know', [{ ...a, pasword: 'x' }], 'is wrong at 0: Unrecognized key: "pasword"'],
])('%s is refused with one line that says where', (_, content, message) => {
  writeFileSync(file, JSON.stringify(content));
  expect(() => readConfigFile(file, hssSubscribers)).toThrow(`${file} ${message}`);
});

test('what is no JSON is refused with the name of the file', () => {
  writeFileSync(file, '[{"impi": ]');
  expect(() => readConfigFile(file, hssSubscribers)).toThrow(`${file} is no JSON: `);
});

test('different subscribers are read', () => {
  writeFileSync(file, JSON.stringify([a, b]));
  expect(readConfigFile(file, hssSubscribers)).toEqual([a, b]);
});
