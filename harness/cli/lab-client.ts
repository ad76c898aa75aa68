import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';
import { closest } from 'fastest-levenshtein';
import { searchPath } from 'mininet-ts-bridge';
import { backends } from '../lab/backends';
import { LabError } from '../lab/lab-error';
import { endingSignals } from '../../kit/ending-signals';
import { keeperSocket, labDescription, type LabDescription, type LabQuestion } from './lab-description';

export type DescribedNode = LabDescription['nodes'][number];

/**
 * Returns the description of the lab that is kept.
 *
 * @throws LabError `NO_LAB`
 */
export async function describeLab(): Promise<LabDescription> {
  const answer = labDescription.safeParse(JSON.parse((await text(await ask({ ask: 'describe' }))) || 'null'));
  // Any process can open a socket of that name, so only an answer from a process of this user counts.
  if (!answer.success || !isOwn(answer.data.pid)) throw noLab();
  return answer.data;
}

/** @throws LabError `UNKNOWN_NODE` */
export function nodeOf(lab: LabDescription, id: string): DescribedNode {
  const found = lab.nodes.find((node) => node.id === id);
  if (found) return found;
  const ids = lab.nodes.map((node) => node.id);
  throw new LabError(
    'UNKNOWN_NODE',
    `there is no node ${id}; did you mean ${closest(id, ids)}? nimsfw ps lists them`,
  );
}

/** Returns a stream of a node's log so far, and with `follow` also of what comes later. */
export async function logsOf(node: string, follow: boolean): Promise<Socket> {
  return ask({ ask: 'logs', node, follow });
}

/**
 * Runs a command in a node with this process's terminal and resolves with its exit code.
 *
 * @param options `stdout`: an open file for the command's standard output; `observe`: true if the command
 *   captures
 */
export function runIn(
  lab: LabDescription,
  node: DescribedNode,
  argv: readonly string[],
  { stdout = 'inherit', observe = false }: { stdout?: number | 'inherit'; observe?: boolean } = {},
): Promise<number> {
  const [program = '', ...args] = backends[lab.backend]!.commandLine(lab.handle, node, argv, { observe });
  // Every user is root in a node, so the PATH has the folders where root finds nft and the like.
  const env = { ...process.env, PATH: searchPath() };
  // A signal that would end this process goes to the command instead, which decides on its end, and this
  // process reports that. The handlers come before the start, because a signal that ends this process first
  // would leave the command alone.
  const pass = (signal: NodeJS.Signals): void => {
    // The terminal already sends Ctrl-C to the command.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) sendTo(innermost(child.pid), signal);
  };
  for (const signal of endingSignals) process.on(signal, pass);
  const child = spawn(program, args, { stdio: ['inherit', stdout, 'inherit'], env });
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new LabError('COMMAND_NOT_RUN', `${program}: ${error.message}; run nimsfw doctor`)),
    );
    child.once('close', (code, signal) => {
      for (const one of endingSignals) process.off(one, pass);
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']);
    });
  });
}

/**
 * Returns the process of the command: nsenter's only child, or the started process itself if that is not
 * nsenter.
 */
function innermost(pid: number | undefined): number | undefined {
  try {
    if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'nsenter') return pid;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()) || pid;
  } catch {
    return pid;
  }
}

function sendTo(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, signal);
  } catch {
    // The process has ended in the meantime.
  }
}

function ask(question: LabQuestion): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(keeperSocket());
    socket.once('error', () => reject(noLab()));
    socket.once('connect', () => {
      socket.write(`${JSON.stringify(question)}\n`);
      resolve(socket);
    });
  });
}

function isOwn(pid: number): boolean {
  try {
    return statSync(`/proc/${pid}`).uid === process.getuid?.();
  } catch {
    return false;
  }
}

function noLab(): LabError {
  return new LabError('NO_LAB', 'no lab is running; start one with nimsfw up');
}
