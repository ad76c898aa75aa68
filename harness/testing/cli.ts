import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { runResult, type RunResult } from '../judge/result';
import { quoted } from '../../nodes/shell-word';
import type { Place } from './places';

/** The command as `npx nimsfw` runs it. */
export const nimsfw = resolve(__dirname, '../../../bin/nimsfw.js');

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** The beginning of its command line, which makes the place where it runs. */
  readonly place?: Place;
  /** Text for its standard input; none by default. */
  readonly input?: string;
  /** Its working directory; that of the test by default. */
  readonly cwd?: string;
  /** True to keep its standard input open, so that the test can write to it. */
  readonly keepInput?: boolean;
}

/** Starts `nimsfw` and leaves it running. */
export function startCli(args: readonly string[], options: CliOptions = {}): ChildProcess {
  return start([...(options.place ?? []), process.execPath, nimsfw, ...args], options);
}

/** Runs `nimsfw` and resolves when it has ended. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<Finished> {
  return finished(startCli(args, options));
}

/** Starts any command line and leaves it running. */
export function start(
  argv: readonly string[],
  { env = {}, input, cwd, keepInput = false }: Omit<CliOptions, 'place'> = {},
): ChildProcess {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    stdio: [input === undefined && !keepInput ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    cwd,
  });
  if (!keepInput) child.stdin?.end(input);
  return child;
}

/**
 * Starts a command line on its own terminal and leaves it running; text for its standard input is typed on that
 * terminal. The command replaces the shell that script(1) needs, because a shell in the foreground would get
 * Ctrl-C too and exit with 130, whatever the command's exit code is.
 */
export function startOnTerminal(argv: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return start(['script', '-qec', `exec ${argv.map(quoted).join(' ')}`, '/dev/null'], {
    env: { ...env, SHELL: '/bin/sh' },
    keepInput: true,
  });
}

/** Waits until a started program has ended, and returns its output. */
export async function finished(child: ChildProcess): Promise<Finished> {
  const exited = new Promise<number | null>((done) => child.once('close', done));
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  return { exitCode: await exited, stdout, stderr };
}

/** Makes a temporary folder that is removed at the end of the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nimsfw-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Reads a capture file with tcpdump, one line per packet, without name lookups.
 *
 * @param more further options, e.g. `-A` for the content too
 */
export function packetsIn(file: string, more: readonly string[] = []): string {
  const { status, stdout, stderr } = spawnSync('tcpdump', ['-n', ...more, '-r', '-'], {
    input: readFileSync(file),
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/bin` },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`tcpdump cannot read ${file}: ${stderr}`);
  return stdout;
}

/** Reads the result in a run's folder and checks it against the schema. */
export function resultIn(out: string): RunResult {
  return runResult.parse(JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')));
}

/** Maps `firewall/scenario/suite/step-via` to the verdict, for comparing runs. */
export function verdictsOf(result: RunResult): Record<string, string> {
  return Object.fromEntries(
    result.cells.flatMap((cell) => cell.attempts.map((attempt) => [attempt.id, attempt.verdict] as const)),
  );
}
