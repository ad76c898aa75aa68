import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { within } from '../../../kit/deadline';
import { Deferred } from '../../../kit/deferred';
import { printable } from '../../ue/excerpt';
import { AttemptFailure, messageOf } from '../../ue/failure';
import { openLogPipe, type LogPipe } from './log-pipe';

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
 * The program of a phone that makes one attempt, and what it tells while it runs.
 * @typeParam T one thing that it tells
 */
export class PhoneProcess<T> {
  private readonly listeners = new Set<(told: T) => void>();
  private readonly over = new Deferred<never>();
  private readonly exit = new Deferred<void>();
  /** The last line that it printed, of which nothing else is kept. */
  private lastLine = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly log: LogPipe | undefined,
    { name, folder, output }: PhoneStart,
  ) {
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
    const ended = (how: string): void => {
      this.over.reject(new AttemptFailure('INTERNAL', `${name} ended: ${how}`));
      rmSync(folder, { recursive: true, force: true });
      this.exit.resolve();
    };
    child.once('error', (error) => this.afterLog(() => ended(messageOf(error))));
    child.once('close', (code, signal) =>
      this.afterLog(() => ended(signal ?? `status ${code}${this.said()}`)),
    );
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

  /** Resolves when it has ended, however it did. */
  get exited(): Promise<void> {
    return this.exit.promise;
  }

  /** Rejects with an `INTERNAL` failure when it has ended. */
  get ended(): Promise<never> {
    return this.over.promise;
  }

  /** Writes to its standard input. */
  write(text: string): void {
    this.child.stdin?.write(text);
  }

  /** Gives those who wait what it told. */
  tell(told: T): void {
    for (const listener of [...this.listeners]) listener(told);
  }

  /** Has whoever waits for it fail, as if it had ended. */
  fail(failure: AttemptFailure): void {
    this.over.reject(failure);
  }

  /**
   * Waits until it has told something, from now on. A rejection that no caller awaits does not end this process.
   * @param look returns what is awaited, or undefined if that is not told here
   * @throws AttemptFailure `INTERNAL` if it ends before, and what `look` throws
   */
  until<R>(look: (told: T) => R | undefined): Promise<R> {
    const found = new Deferred<R>();
    const listen = (told: T): void => {
      try {
        const value = look(told);
        if (value !== undefined) found.resolve(value);
      } catch (error) {
        found.reject(error as Error);
      }
    };
    this.listeners.add(listen);
    const result = Promise.race([found.promise, this.ended]).finally(() => this.listeners.delete(listen));
    result.catch(() => undefined);
    return result;
  }

  /**
   * Ends it, by force if it has not ended by itself in time. It never rejects.
   * @param withinMs how long it may take to end by itself, ms; by default it may not
   */
  async end(withinMs = 0): Promise<void> {
    if (withinMs > 0) await within(withinMs, this.exited, () => new Error('late')).catch(() => undefined);
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** Waits until all that it has logged has been read, because it may have got what was awaited of it just before it ended. */
  private afterLog(then: () => void): void {
    if (!this.log) return then();
    this.log.content.once('close', then);
    this.log.finish();
  }

  /** Returns its last line without colours, as words that follow others. */
  private said(): string {
    const line = printable(this.lastLine.replace(/\x1b\[[\d;]*m/g, ''));
    return line && `: ${line}`;
  }
}
