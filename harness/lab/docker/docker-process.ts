import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { NodeProcess } from '../backend';
import { LabError } from '../lab-error';
import { demultiplexer } from './demultiplex';

export interface DockerProcessOptions {
  /** Working directory, as seen inside; the image's own by default. */
  readonly folder?: string;
  /** Aborted when the container is gone: of what runs in it then, the engine may never tell the end. */
  readonly gone?: AbortSignal;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What the shell says of a process that SIGKILL ended. */
const killed = 137;

/**
 * A command that runs in a container. It can be used at once; the engine starts it in the background.
 *
 * The engine lets nobody signal what it runs (`exec` has no `kill`), so the command leaves its process number in the
 * container, and signals are sent from inside. It leads a process group of its own: runc calls setsid().
 */
export class DockerProcess implements NodeProcess {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly exited: Promise<number>;
  private readonly pidFile = `/tmp/nimsfw-${randomBytes(8).toString('hex')}.pid`;
  private hasExited = false;

  constructor(
    private readonly container: Docker.Container,
    argv: readonly string[],
    options: DockerProcessOptions = {},
  ) {
    // The command may end without reading what it is sent.
    this.stdin.on('error', () => undefined);
    this.exited = this.run(argv, options).finally(() => (this.hasExited = true));
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

  /** Sends a signal to the command and what it started. Does nothing when it is gone. */
  async signal(name: 'TERM' | 'KILL' | 'INT' | 'HUP'): Promise<void> {
    if (this.hasExited) return;
    try {
      // The number is there as soon as the shell has begun; it is waited for no longer than 5 s.
      const script = `tries=0
until [ -s "$0" ] || [ $tries -ge 500 ]; do sleep 0.01; tries=$((tries + 1)); done
kill -s ${name} -- "-$(cat "$0")"`;
      const exec = await this.container.exec({ Cmd: ['sh', '-c', script, this.pidFile], AttachStdout: true });
      const stream = await exec.start({ hijack: true });
      stream.resume();
      await closed(stream);
    } catch {
      // With the container the command is gone too.
    }
  }

  private async run(
    argv: readonly string[],
    { folder, gone, env = {} }: DockerProcessOptions,
  ): Promise<number> {
    try {
      const exec = await this.container.exec({
        Cmd: ['sh', '-c', 'echo $$ >"$0" && exec "$@"', this.pidFile, ...argv],
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
        ...(folder === undefined ? {} : { WorkingDir: folder }),
        ...(gone ? { abortSignal: gone } : {}),
      });
      const stream = await exec.start({ hijack: true, stdin: true, ...(gone ? { abortSignal: gone } : {}) });
      this.stdin.pipe(stream);
      const output = demultiplexer([undefined, this.stdout, this.stderr]);
      await new Promise<void>((resolve) => {
        output.on('finish', resolve);
        stream.on('error', () => output.end());
        stream.pipe(output);
      });
      stream.destroy();
      return await exitCodeOf(exec);
    } catch (error) {
      const { message } = error as Error;
      this.stderr.write(`${message}\n`);
      throw error instanceof LabError ? error : new LabError('COMMAND_FAILED', `${argv[0]}: ${message}`);
    } finally {
      this.stdin.destroy();
      this.stdout.end();
      this.stderr.end();
    }
  }
}

/**
 * How a command ended. Its output can end before the engine knows that it has; of a container that is gone nobody knows.
 */
export async function exitCodeOf(exec: Docker.Exec): Promise<number> {
  for (;;) {
    try {
      const { Running, ExitCode } = await exec.inspect();
      if (!Running) return ExitCode ?? killed;
    } catch {
      return killed;
    }
    await delay(5);
  }
}

function closed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['end', 'close', 'error'] as const) stream.once(event, () => resolve());
  });
}
