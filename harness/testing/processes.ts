import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** The properties of a process that tests need. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Name of its program, at most 15 letters. */
  readonly name: string;
  /** Its network namespace; undefined if it belongs to another user. */
  readonly netns: string | undefined;
}

/** Lists all processes that run. */
export function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        // A zombie has ended, so it does not count.
        if (state === 'Z') return [];
        return [{ pid: Number(name), parent: Number(parent), name: commandIn(stat), netns: netnsOf(name) }];
      } catch {
        return []; // the process has ended in the meantime
      }
    });
}

/** Lists a process and all its descendants. */
export function family(pid: number): Process[] {
  const all = processes();
  const found = all.filter((one) => one.pid === pid);
  for (const one of found) found.push(...all.filter(({ parent }) => parent === one.pid));
  return found;
}

/**
 * Sends a signal to a program of a node of a lab in namespaces.
 *
 * @param lab the process that started the lab
 * @param script the file name of the program that `program` runs, where a node has several that it runs
 * @throws Error if there is no such program
 */
export function signalNode(
  lab: number,
  node: string,
  program: string,
  signal: NodeJS.Signals,
  script?: string,
): void {
  const found = family(lab).filter(
    ({ pid, name }) =>
      name === program &&
      cwdOf(pid) === `/run/nimsfw/${node}` &&
      (script === undefined || argumentsOf(pid).some((one) => one.endsWith(`/${script}`))),
  );
  if (found.length === 0) throw new Error(`${node} runs no ${program}`);
  for (const { pid } of found) process.kill(pid, signal);
}

function cwdOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Returns the processes of this list that still run. */
export function leftOf(pids: readonly number[]): number[] {
  const alive = new Set(processes().map(({ pid }) => pid));
  return pids.filter((pid) => alive.has(pid));
}

/**
 * Waits until a condition is true.
 *
 * @throws Error that names what was awaited
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}, in vain`);
    await delay(20);
  }
}

/** Reads the name of the program, field 2 of proc(5). */
const commandIn = (stat: string): string => stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));

function netnsOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}
