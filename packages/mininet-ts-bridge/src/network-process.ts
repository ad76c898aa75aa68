import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { OutputStream } from './output-stream';

export interface SpawnOptions {
  /** Working directory, as seen inside. Default: `/`. */
  readonly cwd?: string;
  /** The environment of the command, to which only PATH is added. Default: that of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A command that runs in the network. */
export interface NetworkProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * Resolves when the command is gone and its output was read to the end, with its exit code, or 128 plus the number
   * of the signal that ended it; 127 when there is no such program or folder.
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

type Sends = (signal: NodeJS.Signals, pid: number) => void;

/** A command that PID 1 of the network has started or will start. */
export class CommandProcess implements NetworkProcess {
  readonly exited: Promise<number>;
  /** The end of the command itself; its output may still be held open by a process that it left behind. */
  private readonly ended: Promise<void>;
  /** Its process id inside, which is that of its group too; `undefined` when it ended before it was told. */
  private readonly started: Promise<number | undefined>;
  private isGone = false;
  /** Told what PID 1 tells. */
  readonly hasStarted: (pid: number) => void;
  /** Told with the wait status of wait(2). */
  readonly hasEnded: (status: number) => void;

  /** @param send has PID 1 send a signal to a process inside, or with a negative number to a process group */
  constructor(
    readonly stdin: Socket,
    readonly stdout: OutputStream,
    readonly stderr: OutputStream,
    private readonly send: Sends,
  ) {
    // The command may end without reading what it is sent.
    stdin.on('error', () => undefined);
    let hasStarted = (_pid: number | undefined): void => undefined;
    this.started = new Promise((resolve) => (hasStarted = resolve));
    this.hasStarted = hasStarted;
    let hasEnded = (_status: number): void => undefined;
    const status = new Promise<number>((resolve) => (hasEnded = resolve));
    this.hasEnded = (word) => {
      this.isGone = true;
      hasStarted(undefined);
      hasEnded(word);
      stdin.destroy();
      for (const output of [stdout, stderr]) letGo(output);
    };
    this.ended = status.then(() => undefined);
    const closed = [stdout, stderr].map(
      (output) => new Promise<void>((resolve) => void output.once('close', () => resolve())),
    );
    this.exited = Promise.all([status, ...closed]).then(([word]) => exitCodeOf(word));
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const pid = await this.started;
    if (pid !== undefined && !this.isGone) this.send(signal, pid);
  }

  async stop(graceMs = 2000): Promise<void> {
    const pid = await this.started;
    if (pid === undefined) {
      await this.ended;
    } else {
      if (!this.isGone) this.send('SIGTERM', -pid);
      const timer = new AbortController();
      await Promise.race([
        this.ended,
        delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
      timer.abort();
      // A command that ended in time may have left behind what it started; the group keeps its number as long as one is left.
      this.send('SIGKILL', -pid);
      await this.ended;
    }
    await this.closed();
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
    await this.exited;
  }

  private async closesWithin(ms: number): Promise<boolean> {
    const timer = new AbortController();
    const patience = delay(ms, 'held', { signal: timer.signal }).catch(() => undefined);
    const outcome = await Promise.race([this.exited, patience]);
    timer.abort();
    // The timers of a process that was busy fire before it has read what came meanwhile.
    await new Promise(setImmediate);
    return outcome !== 'held';
  }

  /** Changes as long as output is read, or given to who reads it. */
  private get progress(): string {
    return [this.stdout, this.stderr]
      .map(({ bytesRead, readableLength }) => `${bytesRead} ${readableLength}`)
      .join();
  }

  /** True while a reader that is slower than the command has not been given everything. */
  private get isBeingRead(): boolean {
    return [this.stdout, this.stderr].some(
      (output) => output.readableLength > 0 && output.listenerCount('data') > 0,
    );
  }
}

/** Output that nobody has asked for is read and thrown away, for a stream that is not read to its end never closes. */
function letGo(output: Readable): void {
  if (output.readableFlowing === null && output.listenerCount('readable') === 0) output.resume();
}

/** Tells a wait status as a shell does: the lowest seven bits of a wait status are the signal, the next byte is the exit code. */
function exitCodeOf(status: number): number {
  const signal = status & 0x7f;
  return signal === 0 ? status >> 8 : 128 + signal;
}
