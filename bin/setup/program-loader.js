'use strict';
// A program of nimsfw, made by bin/setup/bundle.mjs. Its code is in the folder beside it, also in V8's compiled
// form, since compiling it again would take half as long as Node's own start.
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

// V8 compiles the code itself if the cache is missing or was made by another Node.
function compiled() {
  try {
    return readFileSync(`${code}.cache`);
  } catch {
    return undefined;
  }
}
