/**
 * Writes V8's compiled form of a program: `node compile-program.mjs FOLDER/NAME ARGUMENTS...` makes
 * `NAME.cache` of `NAME.js`. V8 compiles a function when it is first called, so the program is run before, with
 * arguments by which it does nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { constants, Script } from 'node:vm';

const [, , code, ...args] = process.argv;
const script = new Script(readFileSync(`${code}.js`, 'latin1'), {
  filename: `${code}.js`,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
const exit = process.exit.bind(process);
// The output and the exit status of the program do not matter. When it ends, it has called
// all the functions that it calls.
const ended = new Promise((resolve) => {
  process.exit = resolve;
  process.once('beforeExit', resolve);
});
process.stdout.write = process.stderr.write = () => true;
process.argv = [process.execPath, `${code}.js`, ...args];
const folder = dirname(dirname(code));
script.runInThisContext()(
  {},
  createRequire(`${code}.js`),
  { exports: {} },
  join(folder, 'program.js'),
  folder,
);
await ended;
writeFileSync(`${code}.cache`, script.createCachedData());
exit(0);
