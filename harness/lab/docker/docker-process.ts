import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { NodeProcess } from '../backend';
import { LabError } from '../lab-error';
import { demultiplexer } from './demultiplex';

export interface DockerProcessOptions {
  /** Working directory inside the container; the image's own by default. */
  readonly folder?: string;
  /** Aborts when the container is gone. The engine may never report the end of processes in it. */
  readonly gone?: AbortSignal;
  /** Variables that are added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The exit code that a shell gives for a process that SIGKILL ended. */
const killed = 137;

/**
 * A command that runs in a container. It can be used at once, while the engine still starts it.
 *
 * The engine cannot signal the command (`exec` has no `kill`). So the command writes its process id to a file
 * in the container, and another command there sends the signals. The command leads its own process group,
 * because runc calls setsid().
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
    // The command may end without reading its input.
    this.stdin.on('error', () => undefined);
    this.exited = this.run(argv, options).finally(() => (this.hasExited = true));
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

  /** Sends a signal to the command and its children. It does nothing when the command is gone. */
  async signal(name: 'TERM' | 'KILL' | 'INT' | 'HUP'): Promise<void> {
    if (this.hasExited) return;
    try {
      // The file with the process id exists soon after the start; the script waits for it for at most 5 s.
      const script = `tries=0
until [ -s "$0" ] || [ $tries -ge 500 ]; do sleep 0.01; tries=$((tries + 1)); done
kill -s ${name} -- "-$(cat "$0")"`;
      const exec = await this.container.exec({ Cmd: ['sh', '-c', script, this.pidFile], AttachStdout: true });
      const stream = await exec.start({ hijack: true });
      stream.resume();
      await closed(stream);
    } catch {
      // If the container is gone, so is the command.
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
 * Returns the exit code of a command. Its output can end before the engine knows the code; if the container is
 * gone, nobody knows it.
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
