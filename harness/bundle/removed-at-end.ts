import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endingSignals } from '../../kit/ending-signals';

/** Files and folders of this process that must not outlive it. */
const temporary = new Set<string>();

const remove = (path: string): void => rmSync(path, { recursive: true, force: true });

const removeAll = (): void => {
  for (const path of temporary) remove(path);
  temporary.clear();
};

/** Ends this process as the signal would have, if nobody else attends to it. */
const onSignal = (signal: NodeJS.Signals): void => {
  removeAll();
  process.removeListener(signal, onSignal);
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
};

/**
 * Has a file or folder removed however this process ends, except by SIGKILL.
 *
 * @returns removes it now
 */
export const removedAtEnd = (path: string): (() => void) => madeUntilEnd(() => path).remove;

/**
 * The same of what is made here. Signals are attended to before it is made, so that none ends the process between that and
 * its removal being known.
 *
 * @param make makes it and returns its path
 * @throws what `make` throws
 */
function madeUntilEnd(make: () => string): { readonly path: string; readonly remove: () => void } {
  if (temporary.size === 0) {
    process.on('exit', removeAll);
    // It comes first, so that it still sees those who attend to one signal only.
    for (const signal of endingSignals) process.prependListener(signal, onSignal);
  }
  try {
    const path = make();
    temporary.add(path);
    return {
      path,
      remove: () => {
        temporary.delete(path);
        stopListening();
        remove(path);
      },
    };
  } catch (error) {
    stopListening();
    throw error;
  }
}

/** Leaves signals to others, if there is nothing left to remove. */
function stopListening(): void {
  if (temporary.size > 0) return;
  process.removeListener('exit', removeAll);
  for (const signal of endingSignals) process.removeListener(signal, onSignal);
}

/** The beginning of the names of private folders. */
const prefix = 'nimsfw-run-';

/**
 * Makes a folder that only this user can read, and removes those that killed processes have left. The folder is removed
 * however this process ends; after SIGKILL, by the next call.
 *
 * @throws the error of the file system
 */
export function makePrivateFolder(): { readonly folder: string; readonly remove: () => void } {
  removeLeftFolders();
  const begin = join(tmpdir(), `${prefix}${pidNamespace()}-${process.pid}-`);
  const { path: folder, remove } = madeUntilEnd(() => mkdtempSync(begin));
  return { folder, remove };
}

/** Process ids mean something in one PID namespace only, and containers can share a folder for temporary files. */
const pidNamespace = (): string => /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';

function removeLeftFolders(): void {
  const ours = new RegExp(`^${prefix}${pidNamespace()}-(\\d+)-\\w{6}$`);
  for (const name of readdirSync(tmpdir())) {
    const pid = ours.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      remove(join(tmpdir(), name));
    } catch {
      // It is another user's, who has to remove it.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
