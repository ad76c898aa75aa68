import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installation } from '../../nodes/installation';
import { finished, start } from '../testing/cli';

/**
 * Tests the packages that `npm pack` makes of the project and of its workspace. `.ci/run` installs them, which
 * takes half a minute.
 */

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

interface PackageJson {
  readonly bin?: Readonly<Record<string, string>>;
  readonly main?: string;
  readonly types?: string;
  readonly exports?: unknown;
}

function pack(...args: readonly string[]): Packed {
  const argv = ['pack', '--json', '--ignore-scripts', ...args];
  const [packed] = JSON.parse(
    execFileSync('npm', argv, { cwd: installation, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  ) as Packed[];
  return packed!;
}

/** Returns every file that the package names as an entry. */
function entriesOf(folder: string): string[] {
  const { bin, main, types, exports } = JSON.parse(
    readFileSync(join(installation, folder, 'package.json'), 'utf8'),
  ) as PackageJson;
  const named = JSON.stringify([Object.values(bin ?? {}), main ?? [], types ?? [], exports ?? {}]);
  return [...named.matchAll(/"(?:\.\/)?([\w./-]+\.(?:[cm]?js|d\.ts))"/g)].map(([, file]) => file!);
}

let target: string;
beforeAll(() => (target = mkdtempSync(join(tmpdir(), 'nimsfw-pack-'))));
afterAll(() => rmSync(target, { recursive: true, force: true }));

test.each([
  ['nimsfw-lab', '.', ['bin', 'dist', 'docs', 'examples', 'node_modules']],
  ['mininet-ts-bridge', 'packages/mininet-ts-bridge', ['dist']],
  ['nimsfw-result-page', 'packages/result-page', ['dist']],
])('the package %s has what is needed to run, no test and no source', (_, folder, folders) => {
  const { files } = pack('--dry-run', ...(folder === '.' ? [] : ['-w', folder]));
  const paths = files.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(entriesOf(folder)));
  expect(entriesOf(folder)).not.toEqual([]);
  // What others have packed comes along as they have packed it.
  const own = paths.filter(
    (path) => !/^node_modules\/(?!mininet-ts-bridge\/|nimsfw-result-page\/)/.test(path),
  );
  expect(
    own.filter((path) =>
      /\.test\.|-fixture\.|(?:^|\/)testing\/|\.map$|^(?!examples\/).*(?<!\.d)\.ts$/.test(path),
    ),
  ).toEqual([]);
  const tops = paths.filter((path) => path.includes('/')).map((path) => path.split('/')[0]);
  expect([...new Set(tops)].sort()).toEqual(folders);
});

test('the package runs without the project around it', async () => {
  const { filename, files } = pack('--pack-destination', target);
  expect(files.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      'node_modules/mininet-ts-bridge/dist/index.js',
      'node_modules/nimsfw-result-page/dist/node.js',
    ]),
  );
  execFileSync('tar', ['-xzf', join(target, filename), '-C', target]);
  const nimsfw = [process.execPath, join(target, 'package/bin/nimsfw.js')];
  expect(await finished(start([...nimsfw, 'setup']))).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  const out = join(target, 'out');
  const { exitCode, stderr } = await finished(
    start([...nimsfw, 'run', 'register', '--firewall', '9', '--out', out]),
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  for (const file of ['result.json', 'report.html']) expect(existsSync(join(out, file))).toBe(true);
});
