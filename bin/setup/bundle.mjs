import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './failure.mjs';
import { run } from './programs.mjs';

/**
 * The programs, by their names in `dist/programs` (`nodes/installation.ts`), and the compiled files that they are made of.
 * A file for each, since a phone that loads a hundred small ones takes half as long again to start, and a run starts thirteen.
 */
const programs = {
  nimsfw: 'dist/harness/cli/main.js',
  keeper: 'dist/harness/cli/keeper.js',
  ue: 'dist/nodes/ue/main.js',
  inspector: 'dist/nodes/firewall/inspector/main.js',
  enter: 'dist/harness/lab/docker/enter.js',
  'compose-setup': 'dist/harness/lab/docker/compose/setup-main.js',
  'compose-ready': 'dist/harness/lab/docker/compose/ready.js',
};

/** Those that are kept as V8 compiles them too, with arguments by which they load all they need and do nothing. */
const startedOften = { nimsfw: ['--version'], ue: ['/no/such/file'] };

/** What JsSIP is bound to: see `nodes/ue/sip/jssip-bound.d.ts`. */
const boundJsSip = 'dist/nodes/ue/sip/jssip-bound.js';

/** zod's messages in fifty languages take a third of its time to load; it needs one. */
const zodInEnglish = {
  name: 'zod-in-english',
  setup({ onLoad }) {
    onLoad({ filter: /\/zod\/v4\/locales\/index\.c?js$/ }, () => ({
      contents: `exports.en = require('./en.cjs').default;`,
    }));
  },
};

/**
 * Makes the programs anew from what is compiled: `NAME.js` is what is started, `code/NAME.js` what it loads, and
 * `code/NAME.cache` that as V8 has compiled it, which is passed over by another Node than the one that built it.
 * @param project its folder
 * @throws SetupError `BUILD_FAILED` when something cannot be found or read
 */
export async function bundle(project) {
  try {
    await makePrograms(project);
  } catch (error) {
    const output = error instanceof Error ? error.message : String(error);
    throw new SetupError('BUILD_FAILED', 'the programs cannot be put together', { output, exitCode: 1 });
  }
}

async function makePrograms(project) {
  // Not there before the packages are, which the setup that loads this file installs.
  const { build } = await import('esbuild');
  const folder = join(project, 'dist/programs');
  rmSync(folder, { recursive: true, force: true });
  const common = {
    bundle: true,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'silent',
    absWorkingDir: project,
  };
  const bound = await build({
    ...common,
    stdin: { contents: `module.exports = require('jssip');`, resolveDir: project },
    inject: [join(project, 'nodes/ue/sip/session-connection.ts')],
    outfile: join(project, boundJsSip),
  });
  const made = await build({
    ...common,
    entryPoints: Object.entries(programs).map(([out, file]) => ({ in: join(project, file), out })),
    plugins: [zodInEnglish],
    banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
    footer: { js: '})' },
    outdir: join(folder, 'code'),
  });
  const inputs = [bound, made].flatMap(({ metafile }) => Object.keys(metafile.inputs));
  writeFileSync(join(folder, 'LICENSES.txt'), licencesOf(project, inputs));
  const loader = readFileSync(new URL('program-loader.js', import.meta.url), 'utf8');
  for (const name of Object.keys(programs)) writeFileSync(join(folder, `${name}.js`), loader);
  const compiler = fileURLToPath(new URL('compile-program.mjs', import.meta.url));
  await Promise.all(
    Object.entries(startedOften).map(async ([name, args]) => {
      const code = join(folder, 'code', name);
      const { exitCode, output } = await run(process.execPath, [compiler, code, ...args]);
      if (exitCode !== 0) throw new Error(`${name} cannot be compiled: ${output.trim()}`);
    }),
  );
}

/** The licences of the packages that the programs hold, which have to go with them. */
function licencesOf(project, files) {
  const packages = files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  return [...new Set(packages)]
    .sort()
    .map((name) => join(project, name))
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const texts = readdirSync(folder).filter((file) => /^licen[cs]e/i.test(file));
      const text = texts.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
      return `${name} ${version}, ${license}\n\n${text}\n`;
    })
    .join('\n\n');
}
