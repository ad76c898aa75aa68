import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './failure.mjs';
import { firstAndLastLines, run, stage } from './programs.mjs';

/** Installs the packages of package-lock.json, unless they are there. */
export async function ensureModules(project) {
  const lock = readJson(join(project, 'package-lock.json'));
  const installed = readJson(join(project, 'node_modules/.package-lock.json'));
  if (installed && (!lock || holds(installed, lock))) return;
  const command = lock ? 'ci' : 'install';
  // TypeScript is needed even if NODE_ENV says production.
  const args = [command, '--include=dev', '--no-audit', '--no-fund'];
  await stage(`npm ${command}`, async () => {
    const npm = process.env.npm_execpath?.endsWith('.js')
      ? { file: process.execPath, before: [process.env.npm_execpath] }
      : { file: 'npm', before: [] };
    const { exitCode, output, interrupted } = await run(npm.file, [...npm.before, ...args], { cwd: project });
    if (interrupted) process.exit(interrupted);
    if (exitCode === 0) return;
    throw new SetupError('NPM_FAILED', `npm ${command} failed; mend what it says above and start again`, {
      output: firstAndLastLines(output),
    });
  });
}

/**
 * Says whether the installed modules are those of the lock; npm notes beside the modules what it has installed.
 * Dates of files would tell nothing, because git sets them anew and npm writes the lock last.
 */
function holds(installed, lock) {
  return Object.entries(lock.packages).every(([path, wanted]) => {
    const found = installed.packages[path];
    if (path === '' || (!found && wanted.optional)) return true;
    return found !== undefined && found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
