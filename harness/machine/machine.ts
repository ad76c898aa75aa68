import { spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { searchPath } from 'mininet-ts-bridge';
import type { Remains } from '../lab/backend';
import { hostEnvironment } from '../lab/host-environment';
import { endWithThisProcess } from './own-groups';
import { findDockerRemains } from './remains';

/** The end of a program and its output. */
export interface ProgramRun {
  /** 127 if there is no such program, 124 if it took too long. */
  readonly exitCode: number;
  /** The program's standard output, followed by its standard error. */
  readonly output: string;
}

/** The properties of a machine that decide whether it can run a lab. Tests pass their own. */
export interface Machine {
  readonly isRoot: boolean;
  readonly userName: string;
  readonly uid: number;
  readonly nodeVersion: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  run(argv: readonly string[], input?: string): Promise<ProgramRun>;
  /** Says whether a program is found where a lab looks for it. */
  has(program: string): boolean;
  /** Returns the content of a file, or undefined if it cannot be read. */
  read(path: string): string | undefined;
  /** Returns the names in a folder, or none if it cannot be read. */
  list(path: string): readonly string[];
  /** Says whether a program listens on a Unix socket. */
  answers(socket: string): Promise<boolean>;
  /** Finds the remains of killed runs in Docker; undefined if the engine does not answer. */
  dockerRemains(): Promise<readonly Remains[] | undefined>;
}

/** Milliseconds that a program may take to print its version; a longer time counts as a failure. */
const patienceMs = 10_000;

/** Returns the machine that this program runs on. */
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
    const child = spawn(program, args, { env, cwd: '/', stdio: 'pipe', detached: true });
    // spawn's own `timeout` keeps running after a failed start of the program.
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    // Nobody waits for the output of what it has left running.
    endWithThisProcess(child);
    const end = (run: ProgramRun) => {
      clearTimeout(timer);
      resolve(run);
    };
    const output = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output[0] += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output[1] += text));
    // A program may end without reading its input.
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
  // A user id that is not in /etc/passwd has no name.
  return quietly(() => userInfo().username) ?? String(process.getuid?.());
}

function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
