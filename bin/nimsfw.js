#!/usr/bin/env node
'use strict';
// On any version of Node, a user who has just cloned the repository has to get a sentence and no stack trace.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  refuse(
    `this is Node ${process.versions.node}; install Node 20.19 or newer from https://nodejs.org [NODE_TOO_OLD]`,
  );
try {
  require('../dist/programs/nimsfw.js');
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
  refuse('it is not set up here, or not since the sources changed; run: node bin/setup.mjs [NOT_SET_UP]');
}

/** @param {string} words */
function refuse(words) {
  process.stderr.write(`nimsfw: ${words}\n`);
  process.exit(3);
}
