#!/usr/bin/env node
'use strict';
// A user who has just cloned this gets a sentence and no stack trace, on any version of Node.
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
