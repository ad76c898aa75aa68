'use strict';
/**
 * Loads a module that a user names. It is a file of its own since the programs of dist/programs are code that V8 keeps
 * compiled, in which Node has no `import()`.
 * @param {string} url
 */
exports.importFile = (url) => import(url);
