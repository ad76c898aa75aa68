import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bridgeErrorCodes } from 'mininet-ts-bridge';
import { installation } from '../../nodes/installation';
import { errorMeanings, errorsPage } from './error-codes';

test('docs/errors.md is what the table says (UPDATE_DOCS=1 npx jest dist/harness/lab/error-codes writes it)', () => {
  const path = join(installation, 'docs/errors.md');
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, errorsPage());
  expect(readFileSync(path, 'utf8')).toBe(errorsPage());
});

test('has the codes of the bridge', () => {
  expect(Object.keys(errorMeanings)).toEqual(expect.arrayContaining([...bridgeErrorCodes]));
});

test('has every code of the set-up, which the compiler does not see', () => {
  const folder = join(installation, 'bin');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:m?js|sh)$/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  const codes = [...sources.join('\n').matchAll(/new SetupError\(\s*'(\w+)'|\[([A-Z][A-Z_]+)\]/g)].map(
    ([, thrown, written]) => thrown ?? written!,
  );
  expect(codes.length).toBeGreaterThan(10);
  expect(codes.filter((code) => !(code in errorMeanings))).toEqual([]);
});

test('has no code that nothing gives', () => {
  const given = ['harness', 'nodes', 'packages/mininet-ts-bridge/src', 'bin']
    .flatMap((folder) =>
      readdirSync(join(installation, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(installation, folder, name),
      ),
    )
    .filter((file) => /\.(?:ts|m?js|sh)$/.test(file) && !/\.test\.ts$|error-codes\.ts$/.test(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  expect(Object.keys(errorMeanings).filter((code) => !new RegExp(`['[]${code}[\\]']`).test(given))).toEqual(
    [],
  );
});
