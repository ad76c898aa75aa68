import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { areNoted, notePackages } from './debian-packages.mjs';
import { bundle } from './bundle.mjs';
import { SetupError } from './failure.mjs';
import { run, stage } from './programs.mjs';

/** Source folders and the folders of their output, as in tsconfig.json of the project and of the package. */
const trees = [
  ...['kit', 'ladder', 'topologies', 'firewalls', 'nodes', 'scenarios', 'harness', 'bench', 'examples'].map(
    (name) => ({
      source: name,
      output: `dist/${name}`,
    }),
  ),
  ...['mininet-ts-bridge', 'result-page'].map((name) => ({
    source: `packages/${name}/src`,
    output: `packages/${name}/dist`,
  })),
];
const settings = [
  ...['index.ts', 'jest.ts', 'jest.test.ts'],
  'tsconfig.json',
  'tsconfig.base.json',
  ...['mininet-ts-bridge', 'result-page'].map((name) => `packages/${name}/tsconfig.json`),
  'node_modules/.package-lock.json',
  'bin/setup/bundle.mjs',
];
const stampFile = 'dist/.setup-stamp';

/** Compiles when a source has changed since it last compiled without an error. */
export async function build(project) {
  const sources = trees.map(({ source }) =>
    filesBelow(join(project, source)).filter((file) => /\.(?:tsx?|css)$/.test(file)),
  );
  const stamp = fingerprint(project, sources);
  if (read(join(project, stampFile)) === stamp && areNoted(project)) return;
  trees.forEach(({ output }, index) => removeOrphans(join(project, output), sources[index]));
  const tsc = join(project, 'node_modules/typescript/bin/tsc');
  await stage('compiling', async () => {
    const { exitCode, output, interrupted } = await run(process.execPath, [tsc, '-b'], { cwd: project });
    if (interrupted) process.exit(interrupted);
    if (exitCode !== 0)
      throw new SetupError('BUILD_FAILED', 'the sources do not compile', { output, exitCode: 1 });
    await bundle(project);
  });
  notePackages(project);
  mkdirSync(dirname(join(project, stampFile)), { recursive: true });
  writeFileSync(join(project, stampFile), stamp);
}

/** Hashes names, sizes and dates of the files; reading the files themselves would take too long. */
function fingerprint(project, sources) {
  const hash = createHash('sha1');
  const files = sources.flatMap((names, index) => names.map((name) => join(trees[index].source, name)));
  for (const name of [...files, ...settings]) {
    const file = join(project, name);
    const facts = existsSync(file) ? statSync(file) : { size: -1, mtimeMs: 0 };
    hash.update(`${name} ${facts.size} ${facts.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * Removes the output of sources that are gone: the compiler leaves it there, and jest
 * would go on running its tests.
 */
function removeOrphans(output, sources) {
  const known = new Set(sources.map((name) => name.replace(/(?:\.d)?\.tsx?$/, '')));
  for (const name of filesBelow(output)) {
    const stem = /^(.+?)(?:\.d\.ts|\.js|\.js\.map|\.d\.ts\.map)$/.exec(name)?.[1];
    if (stem !== undefined && !known.has(stem)) rmSync(join(output, name));
  }
}

/** Returns the names of all files below a folder, relative to it and sorted. */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
    .sort();
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
