import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { Readable, type Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { nsenterArgv, type NetworkHandle } from './command-line';
import { BridgeError } from './errors';
import { searchPath } from './programs';

export interface SpawnOptions {
  /** Working directory, as seen inside. Default: `/`. */
  readonly cwd?: string;
  /** The environment of the command, to which only PATH is added. Default: that of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Path, as seen from outside, of a file that both output streams are appended to. `stdout` and `stderr` are then empty. */
  readonly logFile?: string;
}

/** A command that runs in the network. */
export interface NetworkProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * Resolves when the command is gone and its output was read to the end, with its exit code, or 128 plus the number
   * of the signal that ended it; 127 when there is no such program.
   */
  readonly exited: Promise<number>;
  /** Sends a signal to the command itself. Does nothing when it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /**
   * Ends the command and the processes that it started (its process group): SIGTERM, and SIGKILL for what is left
   * after `graceMs`, default 2000. Resolves when it is gone.
   */
  stop(graceMs?: number): Promise<void>;
}

/**
 * What a command inherits is not left to whoever started this process: what it makes can be read by other users of the
 * network, it leaves no core files, and has 4096 open files where so many are allowed (some daemons make a table of as many
 * as they may have, which can be a thousand million). Signals need nothing: Node starts every child with all of them at
 * their defaults.
 */
const knownBeginning = 'umask 022; ulimit -c 0; ulimit -n 4096 2>/dev/null; exec "$@"';

export class EnteredProcess implements NetworkProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<number>;
  /** The end of the command itself; its output may still be held open by a process that it left behind. */
  private readonly ended: Promise<void>;
  private hasEnded = false;
  private innerPid: number | undefined;

  constructor(
    handle: NetworkHandle,
    host: string | undefined,
    argv: readonly string[],
    options: SpawnOptions,
  ) {
    const [program = '', ...args] = nsenterArgv(handle, { host, cwd: options.cwd }, [
      ...['sh', '-c', knownBeginning, 'sh'],
      // A session of its own inside makes a process group of the command and what it starts.
      ...['setsid', ...argv],
    ]);
    const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a');
    let child: ChildProcess;
    try {
      child = spawn(program, args, {
        stdio: ['pipe', log ?? 'pipe', log ?? 'pipe'],
        cwd: '/',
        detached: true,
        env: { ...(options.env ?? process.env), PATH: searchPath(options.env?.PATH) },
      });
    } finally {
      if (log !== undefined) closeSync(log);
    }
    this.child = child;
    if (!child.stdin) throw new Error('a command has no standard input');
    this.stdin = child.stdin;
    // The command may end without reading what it is sent.
    this.stdin.on('error', () => undefined);
    this.stdout = child.stdout ?? Readable.from([]);
    this.stderr = child.stderr ?? Readable.from([]);
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.hasEnded = true;
        resolve();
      };
      child.once('exit', end);
      child.once('error', end);
    });
    this.exited = new Promise((resolve, reject) => {
      child.once('error', (error) =>
        reject(new BridgeError('COMMAND_FAILED', `${argv[0]}: ${error.message}`)),
      );
      child.once('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
    // A caller that does not ask how it ended must not be ended by its failure.
    this.exited.catch(() => undefined);
  }

  private readonly child: ChildProcess;

  async kill(signal: NodeJS.Signals): Promise<void> {
    const pid = await this.inner();
    if (pid !== undefined && !this.hasEnded) send(pid, signal);
  }

  async stop(graceMs = 2000): Promise<void> {
    const pid = await this.inner();
    if (pid === undefined) {
      await this.ended;
    } else {
      if (!this.hasEnded) sendToGroup(pid, 'SIGTERM');
      const timer = new AbortController();
      await Promise.race([
        this.ended,
        delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
      timer.abort();
      // Also when it ended in time: what it started may have stayed. The number is still the group's own then.
      sendToGroup(pid, 'SIGKILL');
      this.wake();
      await this.ended;
    }
    await this.closed();
  }

  /** nsenter stops itself when its command is stopped, and then does not see it end. */
  wake(): void {
    this.child.kill('SIGCONT');
  }

  /**
   * A process that left the group can hold the output open for ever: what is there is read, then it is let go. A reader that
   * takes nothing for five seconds never will.
   */
  private async closed(): Promise<void> {
    for (let still = 0; still < (this.isBeingRead ? 25 : 1);) {
      const before = this.progress;
      if (await this.closesWithin(200)) return;
      still = this.progress === before ? still + 1 : 0;
    }
    this.stdout.destroy();
    this.stderr.destroy();
    this.stdin.destroy();
    await this.exited.catch(() => undefined);
  }

  private async closesWithin(ms: number): Promise<boolean> {
    const timer = new AbortController();
    const patience = delay(ms, 'held', { signal: timer.signal }).catch(() => undefined);
    const outcome = await Promise.race([this.exited.catch(() => undefined), patience]);
    timer.abort();
    // The timers of a process that was busy fire before it has read what came meanwhile.
    await new Promise(setImmediate);
    return outcome !== 'held';
  }

  /** Changes as long as output is read, or given to who reads it. */
  private get progress(): string {
    return [this.stdout, this.stderr]
      .map((output) => `${output instanceof Socket ? output.bytesRead : 0} ${output.readableLength}`)
      .join();
  }

  /** Whether a reader, slower than the command was, has not been given everything yet. */
  private get isBeingRead(): boolean {
    return [this.stdout, this.stderr].some(
      (output) => output.readableLength > 0 && output.listenerCount('data') > 0,
    );
  }

  /** The command's process id outside: the only child of nsenter. `undefined` when it is gone. */
  private async inner(): Promise<number | undefined> {
    const outer = this.child.pid;
    while (this.innerPid === undefined && outer !== undefined && !this.hasEnded) {
      this.innerPid = childOf(outer);
      if (this.innerPid === undefined) await delay(1);
    }
    return this.innerPid;
  }
}

function childOf(pid: number): number | undefined {
  try {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return first ? Number(first) : undefined;
  } catch {
    return undefined;
  }
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

function sendToGroup(pid: number, signal: NodeJS.Signals): void {
  // Before setsid has run there is no group of that number yet.
  if (!send(-pid, signal)) send(pid, signal);
}
