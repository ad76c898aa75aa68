import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { InputStream, OutputStream } from './command-streams';
import { Deferred } from './deferred';

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

type Send = (signal: NodeJS.Signals, pid: number) => void;

/** A command that PID 1 of the network has started or will start. */
export class CommandProcess implements NetworkProcess {
  readonly stdin = new InputStream();
  readonly stdout = new OutputStream();
  readonly stderr = new OutputStream();
  readonly exited: Promise<number>;
  private readonly status = new Deferred<number>();
  /** Its process id inside, which is that of its group too; `undefined` when it ended without one. */
  private readonly started = new Deferred<number | undefined>();
  private isRunning = false;
  private isGone = false;

  /** @param send has PID 1 send a signal to a process inside, or with a negative number to a process group */
  constructor(private readonly send: Send) {
    // The command may end without reading what it is sent.
    this.stdin.on('error', () => undefined);
    const closed = [this.stdout, this.stderr].map(
      (output) => new Promise<void>((resolve) => void output.once('close', () => resolve())),
    );
    this.exited = Promise.all([this.status.promise, ...closed]).then(([status]) => exitCodeOf(status));
  }

  /** Gives it the socket of one of its streams, which are numbered as usual. */
  attach(stream: number, socket: Socket): void {
    [this.stdin, this.stdout, this.stderr][stream]?.attach(socket);
  }

  /** Told when it runs. Its streams have connected then. */
  onStarted(pid: number): void {
    this.isRunning = true;
    this.started.resolve(pid);
  }

  /** Told with the wait status of wait(2) when it is gone; its output may still be held open by a process that it left behind. */
  onEnded(status: number): void {
    this.isGone = true;
    this.started.resolve(undefined);
    this.status.resolve(status);
    this.stdin.destroy();
    for (const output of [this.stdout, this.stderr]) letGo(output);
    if (!this.isRunning) this.onCutOff();
  }

  /** Told when no stream of it can connect any more. */
  onCutOff(): void {
    for (const output of [this.stdout, this.stderr]) output.abandon();
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const pid = await this.started.promise;
    if (pid !== undefined && !this.isGone) this.send(signal, pid);
  }

  async stop(graceMs = 2000): Promise<void> {
    const pid = await this.started.promise;
    if (pid === undefined) {
      await this.status.promise;
    } else {
      if (!this.isGone) this.send('SIGTERM', -pid);
      const timer = new AbortController();
      await Promise.race([
        this.status.promise,
        delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
      timer.abort();
      // A command that ended in time may have left behind what it started; the group keeps its number as long as one is left.
      this.send('SIGKILL', -pid);
      await this.status.promise;
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
