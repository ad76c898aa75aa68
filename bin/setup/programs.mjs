import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Debian keeps daemons and network tools in folders that an ordinary user's PATH leaves out. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/** Returns the folders of the caller's PATH, followed by those of the system unless a test has replaced the system. */
export function searchPath(systemRoot = '/') {
  const folders = (process.env.PATH ?? '').split(':').filter(Boolean);
  return systemRoot === '/' ? [...new Set([...folders, ...systemFolders])] : folders;
}

/** Returns the full name of a program; undefined if there is none. */
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
 * Returns the words before a command that run it as root: none, or sudo; undefined if there is no way.
 * @param question how sudo asks for the password, if there is a terminal
 */
export function rootPrefix(folders, question) {
  if (process.getuid() === 0) return [];
  const sudo = findProgram('sudo', folders);
  if (!sudo) return undefined;
  const quiet = spawnSync(sudo, ['-n', 'true'], { stdio: 'ignore' });
  if (quiet.status === 0) return [sudo, '-n'];
  // sudo asks at the terminal, so it does not matter whether standard output is one.
  const someoneIsThere = process.stdin.isTTY && process.stderr.isTTY;
  return someoneIsThere ? [sudo, '-p', `\n${question}`] : undefined;
}

/** The signals that end a process from outside, with the exit status of a process that each has ended. */
export const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Runs a program to its end. Its output is kept and not shown. A signal to this process ends the program first, so
 * that the caller can clean up; `interrupted` then is the exit status that the signal asks for.
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
  // The handlers are set before the program starts, because from then on a signal must not end this process first.
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

/** Prints one line that says what is being done and, when it is done, how long it took. */
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

/** Returns the last lines of what a program printed. */
export const lastLines = (output, count = 25) => output.trimEnd().split('\n').slice(-count).join('\n');

/** Returns the first and the last lines, since npm says first what is wrong and then how it is used in general. */
export function firstAndLastLines(output, first = 15, last = 5) {
  const lines = output.trimEnd().split('\n');
  if (lines.length <= first + last) return lines.join('\n');
  return [...lines.slice(0, first), '...', ...lines.slice(-last)].join('\n');
}
