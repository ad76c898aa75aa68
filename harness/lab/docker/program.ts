import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { NodeProcess } from '../backend';
import { LabError } from '../lab-error';
import type { Channel } from './channel';

/** A container and the streams of its first process. */
export interface Opened {
  readonly container: Docker.Container;
  readonly channel: Channel;
}

/**
 * The exit code that the engine gives for SIGKILL, and that counts for a container that the engine has
 * forgotten.
 */
const killed = 137;

/**
 * A program that is a container's first process, so that the container ends with it. It can be used at once,
 * while the engine still starts it.
 */
export class Program implements NodeProcess {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly exited: Promise<number>;
  private hasExited = false;

  /** @param opening resolves when the program runs */
  constructor(private readonly opening: Promise<Opened>) {
    // The program may end without reading its input.
    this.stdin.on('error', () => undefined);
    this.exited = this.follow().finally(() => (this.hasExited = true));
    // An error must not end the process when a caller does not await the end.
    this.exited.catch(() => undefined);
  }

  async stop(graceMs = 2000): Promise<void> {
    await this.signal('TERM');
    const timer = new AbortController();
    const patience = delay(graceMs, 'late', { signal: timer.signal }).catch(() => undefined);
    const outcome = await Promise.race([this.exited.catch(() => undefined), patience]);
    timer.abort();
    if (outcome === 'late') await this.signal('KILL');
    await this.exited.catch(() => undefined);
  }

  /** Sends the program a signal. It does nothing when the program is gone. */
  async signal(name: 'TERM' | 'KILL' | 'INT' | 'HUP'): Promise<void> {
    if (this.hasExited) return;
    try {
      await (await this.opening).container.kill({ signal: `SIG${name}` });
    } catch {
      // The program has ended by itself.
    }
  }

  private async follow(): Promise<number> {
    try {
      const { container, channel } = await this.opening;
      this.stdin.pipe(channel.stdin);
      channel.stdout.pipe(this.stdout);
      channel.stderr.pipe(this.stderr);
      await channel.ended;
      return await exitCodeOf(container);
    } catch (error) {
      const { message } = error as Error;
      this.stdout.end();
      this.stderr.end(`${message}\n`);
      throw error instanceof LabError ? error : new LabError('COMMAND_FAILED', message);
    } finally {
      this.stdin.destroy();
    }
  }
}

/** Returns the exit code of a container. The engine has forgotten a container that is gone. */
async function exitCodeOf(container: Docker.Container): Promise<number> {
  try {
    return ((await container.wait()) as { StatusCode: number }).StatusCode;
  } catch {
    return killed;
  }
}
