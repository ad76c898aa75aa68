import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './failure.mjs';
import { run } from './programs.mjs';

/**
 * The programs, by their names in `dist/programs` (`nodes/installation.ts`), with the compiled file that each
 * starts from. Each becomes one file, since a phone that loads a hundred small ones takes half as long again to
 * start, and a run starts thirteen phones.
 */
const programs = {
  nimsfw: 'dist/harness/cli/main.js',
  keeper: 'dist/harness/cli/keeper.js',
  'network-capture': 'dist/harness/run/network-capture-worker.js',
  ue: 'dist/nodes/ue/main.js',
  phone: 'dist/nodes/phones/main.js',
  'scc-as': 'dist/nodes/scc-as/main.js',
  hss: 'dist/nodes/hss/main.js',
  inspector: 'dist/nodes/firewall/inspector/main.js',
  ipsec: 'dist/nodes/ipsec/main.js',
  enter: 'dist/harness/lab/docker/enter.js',
  'compose-setup': 'dist/harness/lab/docker/compose/setup-main.js',
  'compose-ready': 'dist/harness/lab/docker/compose/ready.js',
};

/** The programs whose compiled form is kept too, with arguments by which they load all their code and do nothing. */
const startedOften = { nimsfw: ['--version'], ue: ['/no/such/file'], ipsec: [] };

/** The file with JsSIP and the WebRTC names that it is bound to; see `nodes/ue/sip/jssip-bound.d.ts`. */
const boundJsSip = 'dist/nodes/ue/sip/jssip-bound.js';

/** The page of the phone in a browser, and the module that has its script as a text (`page-script.d.ts` beside it). */
const page = {
  entry: 'dist/nodes/phones/chromium/page.js',
  script: 'dist/nodes/phones/chromium/page-script.js',
};

/** The page of a result: its script and its style sheet, and the module that has both as texts (`assets.d.ts` beside it). */
const resultPage = {
  entry: 'packages/result-page/dist/browser/main.js',
  style: 'packages/result-page/src/style/page.css',
  module: 'packages/result-page/dist/document/assets.js',
  package: 'packages/result-page',
};

/** Leaves out zod's messages in all languages but English, because they take a third of its time to load. */
const zodInEnglish = {
  name: 'zod-in-english',
  setup({ onLoad }) {
    onLoad({ filter: /\/zod\/v4\/locales\/index\.c?js$/ }, () => ({
      contents: `exports.en = require('./en.cjs').default;`,
    }));
  },
};

/**
 * Makes the programs anew from the compiled sources. `NAME.js` is the file to start; it loads the code
 * in `code/NAME.js`. `code/NAME.cache` is that code as V8 has compiled it; another Node than the one
 * that built it ignores the cache.
 * @param project folder of the project
 * @throws SetupError `BUILD_FAILED` if something cannot be found or read
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
  // esbuild is loaded late because the setup, which loads this file, first has to install it.
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
    minifyWhitespace: true,
    absWorkingDir: project,
  };
  const bound = await build({
    ...common,
    stdin: {
      contents: `module.exports = { ...require('jssip'), Timers: require('jssip/lib/Timers.js') };`,
      resolveDir: project,
    },
    inject: [join(project, 'nodes/ue/sip/session-connection.ts')],
    outfile: join(project, boundJsSip),
  });
  const forBrowser = (entry) =>
    build({
      ...common,
      ...{ platform: 'browser', target: 'es2022', format: 'iife', minify: true, write: false },
      entryPoints: [join(project, entry)],
    });
  const inPage = await forBrowser(page.entry);
  writeModule(join(project, page.script), { pageScript: textOf(inPage) });
  const result = await forBrowser(resultPage.entry);
  // A nested rule stays one, since a browser that has no nesting has no colours for light and dark either.
  const style = await build({
    ...common,
    ...{ target: 'esnext', minify: true, write: false },
    entryPoints: [join(project, resultPage.style)],
  });
  writeModule(join(project, resultPage.module), { pageScript: textOf(result), pageStyle: textOf(style) });
  // Preact ships ES modules, which a test runner that loads CommonJS, as jest does, cannot load from a package.
  const whole = await build({
    ...common,
    entryPoints: [join(project, resultPage.package, 'dist/index.js')],
    outfile: join(project, resultPage.package, 'dist/node.js'),
  });
  writeFileSync(
    join(project, resultPage.package, 'dist/LICENSES.txt'),
    licencesOf(
      project,
      [result, whole].flatMap(({ metafile }) => Object.keys(metafile.inputs)),
    ),
  );
  const made = await build({
    ...common,
    entryPoints: Object.entries(programs).map(([out, file]) => ({ in: join(project, file), out })),
    plugins: [zodInEnglish],
    banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
    footer: { js: '})' },
    outdir: join(folder, 'code'),
  });
  const inputs = [bound, inPage, result, whole, made].flatMap(({ metafile }) => Object.keys(metafile.inputs));
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

const textOf = ({ outputFiles }) => outputFiles[0].text;

/** Writes a module that exports texts by their names. */
function writeModule(file, texts) {
  const lines = Object.entries(texts).map(([name, text]) => `exports.${name} = ${JSON.stringify(text)};\n`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, lines.join(''));
}

/** Collects the licences of the packages that are bundled into the programs, since they must be passed on with them. */
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
