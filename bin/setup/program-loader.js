'use strict';
// A program of nimsfw, made by bin/setup/bundle.mjs. Its code is in the folder beside it, also as V8 has compiled it: to
// compile it again would take as long as half of Node's own start.
const { readFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const { Script, constants } = require('node:vm');

const code = join(__dirname, 'code', basename(__filename, '.js'));
const script = new Script(readFileSync(`${code}.js`, 'latin1'), {
  filename: `${code}.js`,
  cachedData: compiled(),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
script.runInThisContext()(exports, require, module, __filename, __dirname);

// Without it, or where it is another Node's, V8 compiles the code.
function compiled() {
  try {
    return readFileSync(`${code}.cache`);
  } catch {
    return undefined;
  }
}
