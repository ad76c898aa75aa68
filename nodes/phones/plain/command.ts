import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { elapsed } from '../../../kit/elapsed';

/** Bytes of standard error of which the last line is taken; what came before them is forgotten. */
const keptBytes = 4096;

/** Milliseconds between the request to end and the end by force. */
const politeMs = 2000;

/** Milliseconds that an output is waited for which a process that outlives the command holds open. */
const heldOpenMs = 1000;

/** A command that runs. */
export interface RunningCommand {
  /** Resolves when it has ended; never rejects. */
  readonly over: Promise<Ended>;
  /** Calls `listener` for each line that it prints on standard output. */
  onLine(listener: (line: string) => void): void;
  /** Ends it, with every process of its group. */
  end(): void;
}

/** How a command ended. */
export interface Ended {
  /** Its exit status; undefined if a signal ended it or it could not be started. */
  readonly status: number | undefined;
  /** The same in words that follow its name. */
  readonly how: string;
  /** The last line that it printed on standard error; empty if there is none. */
  readonly lastLine: string;
}

/**
 * Starts a command in a process group of its own, so that what it starts ends with it.
 * @param environment besides that of this process
 * @param folder that it is run in
 */
export function startCommand(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  folder = '.',
): RunningCommand {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    cwd: folder,
    detached: true,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // Nobody of the group is left.
    }
  };
  const listeners: ((line: string) => void)[] = [];
  readLines(child.stdout, (line) => listeners.forEach((listener) => listener(line)));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(-keptBytes);
  });
  const over = new Promise<Ended>((resolve) => {
    const finish = (status: number | undefined, how: string): void => {
      const lastLine = errors.trimEnd().split('\n').at(-1)?.trim() ?? '';
      resolve({ status, how, lastLine });
    };
    child.once('error', (error) => finish(undefined, `could not be started: ${error.message}`));
    child.once('exit', (code, by) => {
      signal('SIGKILL');
      const how = by ? `was ended by ${by}` : `ended with status ${code}`;
      // What it printed comes until its output closes. A process that has left the group may hold it open.
      const held = setTimeout(() => finish(code ?? undefined, how), heldOpenMs);
      child.once('close', () => {
        clearTimeout(held);
        finish(code ?? undefined, how);
      });
    });
  });
  return {
    over,
    onLine: (listener) => listeners.push(listener),
    end: () => {
      signal('SIGTERM');
      const force = setTimeout(() => signal('SIGKILL'), politeMs);
      void over.then(() => clearTimeout(force));
    },
  };
}

/** Waits until a command has ended, and ends it when the time is over. */
export async function ended(command: RunningCommand, withinMs: number): Promise<Ended> {
  const over = new AbortController();
  const late = elapsed(withinMs, over.signal).then(() => undefined);
  const answer = await Promise.race([command.over, late]).finally(() => over.abort());
  if (answer) return answer;
  command.end();
  const { lastLine } = await command.over;
  return { status: undefined, how: `had not ended after ${withinMs / 1000} s`, lastLine };
}

/** Longest line that is read, bytes; a longer one is cut into such pieces. */
const longestLine = 4096;

/** Reads lines, of bounded length so that a program which floods its output with one long line takes no memory. */
function readLines(stream: Readable, take: (line: string) => void): void {
  let held = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (held + chunk.toString('utf8')).split('\n');
    held = (lines.pop() ?? '').slice(-longestLine);
    lines.forEach(take);
  });
}
