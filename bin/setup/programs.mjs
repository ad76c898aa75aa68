import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** An ordinary user's PATH leaves out where Debian keeps daemons and network tools. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/** The caller's PATH, with the system's folders behind it unless the caller has replaced the system. */
export function searchPath(systemRoot = '/') {
  const folders = (process.env.PATH ?? '').split(':').filter(Boolean);
  return systemRoot === '/' ? [...new Set([...folders, ...systemFolders])] : folders;
}

/** The full name of a program, undefined where there is none. */
export function findProgram(name, folders) {
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * What to put before a command to run it as root: nothing, or sudo; undefined where there is no way.
 * @param question how sudo asks for the password, where somebody is there to give it
 */
export function rootPrefix(folders, question) {
  if (process.getuid() === 0) return [];
  const sudo = findProgram('sudo', folders);
  if (!sudo) return undefined;
  const quiet = spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' });
  if (quiet.status === 0) return [sudo, '-n'];
  // sudo asks at the terminal, whatever standard output is.
  const someoneIsThere = process.stdin.isTTY && process.stderr.isTTY;
  return someoneIsThere ? [sudo, '-p', `\n${question}`] : undefined;
}

/** Exit status of a process that such a signal ended. */
export const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Runs a program to its end; what it prints is kept, not shown. A signal to us ends the program first (so that
 * whoever waits can clean up), and its exit status is then ours.
 *
 * @returns {Promise<{ exitCode: number, output: string, interrupted: number | undefined }>}
 */
export async function run(file, args, options = {}) {
  let child;
  let output = '';
  let interrupted;
  const keep = (chunk) => (output = (output + chunk).slice(-200_000));
  const onSignal = (signal) => {
    interrupted = signals[signal];
    // A terminal sends SIGINT to the child as well.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  // Before the program starts: from then on a signal must not end us first.
  for (const signal of Object.keys(signals)) process.on(signal, onSignal);
  try {
    child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const exitCode = await new Promise((resolve) => {
      child.on('error', (error) => {
        keep(`${error.message}\n`);
        resolve(127);
      });
      child.on('close', (code) => resolve(code ?? 128));
    });
    return { exitCode, output, interrupted };
  } finally {
    for (const signal of Object.keys(signals)) process.off(signal, onSignal);
  }
}

/** One line that says what is done, and how long it took once it is. */
export async function stage(words, work) {
  process.stderr.write(`setup: ${words} ...`);
  const startedAt = performance.now();
  try {
    const result = await work();
    process.stderr.write(` ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stderr.write(' failed\n');
    throw error;
  }
}

/** The last lines of what a program printed. */
export const lastLines = (output, count = 25) => output.trimEnd().split('\n').slice(-count).join('\n');

/** The first and the last lines: npm says first what is wrong, and then how it is used in general. */
export function firstAndLastLines(output, first = 15, last = 5) {
  const lines = output.trimEnd().split('\n');
  if (lines.length <= first + last) return lines.join('\n');
  return [...lines.slice(0, first), '...', ...lines.slice(-last)].join('\n');
}
