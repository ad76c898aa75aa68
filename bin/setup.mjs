#!/usr/bin/env node
/**
 * Prepares a machine that has only Node, npm and git; `npm start` and `npm test` run it first. If nothing is
 * missing it prints nothing and takes no time. It is plain Node, since nothing is installed yet when it
 * starts. `nimsfw setup` is the same.
 *
 *   node bin/setup.mjs [--for-tests] [--for-docker] [--with BOX,...]
 *
 * `--for-tests` adds what the tests need, `--for-docker` a Docker Engine and what the lab
 * in containers needs beside it, `--with` what boxes need that one can choose (docs/boxes.md).
 *
 * Exit status: 0 ready, 1 the sources do not compile, 3 the machine lacks something (standard error says what).
 */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './setup/build.mjs';
import { ensurePackages } from './setup/debian-packages.mjs';
import { fail, SetupError } from './setup/failure.mjs';
import { ensureModules } from './setup/npm-modules.mjs';
import { checkSubordinateIds } from './setup/subordinate-ids.mjs';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '..');

try {
  checkNode();
  const { forTests, forDocker, withBoxes, systemRoot } = readOptions(process.argv.slice(2));
  // An installed package (npm pack) has its modules and its programs already, and no sources to compile.
  if (existsSync(join(project, 'tsconfig.json'))) {
    await ensureModules(project);
    // The boxes declare the Debian packages that the lab needs, so they have to be compiled before.
    await build(project);
  }
  await ensurePackages(project, { forTests, forDocker, withBoxes, systemRoot });
  checkSubordinateIds(systemRoot);
} catch (error) {
  fail(error);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(
    'NODE_TOO_OLD',
    `this is Node ${process.versions.node}; install Node 20.19 or newer from https://nodejs.org`,
  );
}

/** `--system-root DIR` stands in for `/` in tests. */
function readOptions(args) {
  const options = { forTests: false, forDocker: false, withBoxes: [], systemRoot: '/' };
  for (let index = 0; index < args.length; index += 1) {
    if (args[index] === '--for-tests') options.forTests = true;
    else if (args[index] === '--for-docker') options.forDocker = true;
    else if (args[index] === '--with' && args[index + 1])
      options.withBoxes.push(...args[(index += 1)].split(','));
    else if (args[index] === '--system-root' && args[index + 1]) options.systemRoot = args[(index += 1)];
    else
      throw new SetupError(
        'USAGE',
        `unknown argument "${args[index]}"; usage: node bin/setup.mjs [--for-tests] [--for-docker] [--with BOX,...]`,
      );
  }
  return options;
}
