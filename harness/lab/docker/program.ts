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

/** The exit status that the engine gives for SIGKILL, and that we give where the engine has forgotten the process. */
const killed = 137;

/** A program that is a container's first process, and with which the container ends. It can be used at once. */
export class Program implements NodeProcess {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly exited: Promise<number>;
  private hasExited = false;

  /** @param opening resolves once the program runs */
  constructor(private readonly opening: Promise<Opened>) {
    // The program may end without reading what it is sent.
    this.stdin.on('error', () => undefined);
    this.exited = this.follow().finally(() => (this.hasExited = true));
    // A caller that does not ask how it ended must not be ended by its failure.
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

  /** Sends it a signal. Does nothing when it is gone. */
  async signal(name: 'TERM' | 'KILL' | 'INT' | 'HUP'): Promise<void> {
    if (this.hasExited) return;
    try {
      await (await this.opening).container.kill({ signal: `SIG${name}` });
    } catch {
      // It ended by itself.
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

/** How a container ended. The engine has forgotten one that is gone. */
async function exitCodeOf(container: Docker.Container): Promise<number> {
  try {
    return ((await container.wait()) as { StatusCode: number }).StatusCode;
  } catch {
    return killed;
  }
}
