'use strict';
/**
 * Loads a module that a user names. This is a file of its own because `import()` does not work in the programs of
 * dist/programs, whose code V8 keeps compiled.
 * @param {string} url
 */
exports.importFile = (url) => import(url);
