import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { within } from '../../kit/deadline';
import { printable } from '../ue/excerpt';
import { AttemptFailure, messageOf } from '../ue/failure';
import { openLogPipe, type LogPipe } from './log-pipe';
import { Telling } from './telling';

/** Makes an empty folder for one run of a phone, in the folder of the phone's node. */
export const phoneFolder = (name: string): string => mkdtempSync(join(process.cwd(), `${name}-`));

/** What a phone's program is started with. */
export interface PhoneStart {
  /** The program's name, for people. */
  readonly name: string;
  readonly argv: readonly string[];
  /** A folder of its own, in which it runs and which is its home. It is removed when the program has ended. */
  readonly folder: string;
  /** Its files, by name relative to the folder. Some hold passwords, so that only the phone can read them. */
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** Its environment beyond a PATH of the system's folders and a home. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Takes each line of its standard output; without this nobody reads that. */
  readonly output?: (line: string) => void;
  /** The log that it writes to a file, by the file's name relative to the folder. */
  readonly log?: { readonly name: string; read(content: Readable): void };
}

/**
 * The program of a phone that makes one attempt, and what it tells while it runs. When it has ended, whoever waits for what it
 * tells gets an `INTERNAL` failure.
 * @typeParam T one thing that it tells
 */
export class PhoneProcess<T> extends Telling<T> {
  /** Resolves when it has ended, however it did, and all that it logged has been read. */
  readonly exited: Promise<void>;
  /** The last line that it printed, of which nothing else is kept. */
  private lastLine = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly log: LogPipe | undefined,
    { name, folder, output }: PhoneStart,
  ) {
    super();
    const keep = (line: string): void => {
      if (line.trim() !== '') this.lastLine = line;
    };
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', (line) => {
        keep(line);
        output?.(line);
      });
    if (child.stderr) createInterface({ input: child.stderr }).on('line', keep);
    // A program that has ended takes no more input; that it has ended is told below.
    child.stdin?.on('error', () => undefined);
    const how = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(messageOf(error)));
      child.once('close', (code, signal) => resolve(signal ?? `status ${code}${this.said()}`));
    });
    this.exited = how.then(async (words) => {
      await this.log?.finished();
      this.end(new AttemptFailure('INTERNAL', `${name} ended: ${words}`));
      rmSync(folder, { recursive: true, force: true });
    });
  }

  /** Starts the program. */
  static start<T>(start: PhoneStart): PhoneProcess<T> {
    const { argv, folder, files, environment, output, log } = start;
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content, { mode: 0o600 });
    }
    const pipe = log && openLogPipe(join(folder, log.name));
    if (pipe) log.read(pipe.content);
    const [program = '', ...args] = argv;
    const child = spawn(program, args, {
      cwd: folder,
      env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: folder, ...environment },
      stdio: ['pipe', output ? 'pipe' : 'ignore', 'pipe'],
    });
    return new PhoneProcess<T>(child, pipe, start);
  }

  /** Writes to its standard input. */
  write(text: string): void {
    this.child.stdin?.write(text);
  }

  /**
   * Ends it, by force if it has not ended by itself in time. It never rejects.
   * @param withinMs how long it may take to end by itself, ms; by default it may not
   */
  async stop(withinMs = 0): Promise<void> {
    if (withinMs > 0) await within(withinMs, this.exited, () => new Error('late')).catch(() => undefined);
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** Returns its last line without colours, as words that follow others. */
  private said(): string {
    const line = printable(this.lastLine.replace(/\x1b\[[\d;]*m/g, ''));
    return line && `: ${line}`;
  }
}
