import { spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { searchPath } from 'mininet-ts-bridge';
import type { Remains } from '../lab/backend';
import { hostEnvironment } from '../lab/host-environment';
import { findDockerRemains } from './remains';

/** What a program did. */
export interface ProgramRun {
  /** 127 where there is no such program, 124 where it took too long. */
  readonly exitCode: number;
  /** What it printed, standard output before standard error. */
  readonly output: string;
}

/** The machine as far as its fitness is judged; tests bring their own. */
export interface Machine {
  readonly isRoot: boolean;
  readonly userName: string;
  readonly uid: number;
  readonly nodeVersion: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  run(argv: readonly string[], input?: string): Promise<ProgramRun>;
  /** Whether the program is found where a lab looks for it. */
  has(program: string): boolean;
  /** Content of a file, undefined where it cannot be read. */
  read(path: string): string | undefined;
  /** Names in a folder, none where it cannot be read. */
  list(path: string): readonly string[];
  /** Whether somebody listens at a Unix socket. */
  answers(socket: string): Promise<boolean>;
  /** What killed runs have left in Docker; undefined where the engine does not say. */
  dockerRemains(): Promise<readonly Remains[] | undefined>;
}

/** A program that says its version in longer than this, in milliseconds, is not well. */
const patienceMs = 10_000;

/** The machine that this runs on. */
export function thisMachine(): Machine {
  const folders = searchPath().split(':');
  const env = { ...hostEnvironment(), LC_ALL: 'C' };
  return {
    isRoot: process.getuid?.() === 0,
    userName: currentUser(),
    uid: process.getuid?.() ?? 0,
    nodeVersion: process.versions.node,
    environment: process.env,
    run: (argv, input) => runProgram(argv, env, input),
    has: (program) => folders.some((folder) => isExecutable(join(folder, program))),
    read: (path) => quietly(() => readFileSync(path, 'utf8')),
    list: (path) => quietly(() => readdirSync(path)) ?? [],
    dockerRemains: findDockerRemains,
    answers: (socket) =>
      new Promise((resolve) => {
        const connection = connect(socket);
        connection.setTimeout(patienceMs);
        const end = (answers: boolean) => {
          connection.destroy();
          resolve(answers);
        };
        connection.once('connect', () => end(true));
        connection.once('timeout', () => end(false));
        connection.once('error', () => end(false));
      }),
  };
}

function runProgram(argv: readonly string[], env: NodeJS.ProcessEnv, input = ''): Promise<ProgramRun> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, cwd: '/', stdio: 'pipe' });
    // spawn's own `timeout` would keep us waiting after a program that does not exist.
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    const end = (run: ProgramRun) => {
      clearTimeout(timer);
      resolve(run);
    };
    const output = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output[0] += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output[1] += text));
    // A program that does not read its input to the end is no news.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('error', () => end({ exitCode: 127, output: '' }));
    child.on('close', (code) => end({ exitCode: code ?? 124, output: output.join('') }));
  });
}

function isExecutable(file: string): boolean {
  return quietly(() => (accessSync(file, constants.X_OK), statSync(file).isFile())) ?? false;
}

function currentUser(): string {
  // An id that /etc/passwd does not know has no name.
  return quietly(() => userInfo().username) ?? String(process.getuid?.());
}

function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
