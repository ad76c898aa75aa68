import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import { z } from 'zod';
import { failureLine, LabError } from '../lab-error';
import { helperCapabilities } from './containers';
import { openBeside } from './docker-lab';
import { DockerProcess, exitCodeOf } from './docker-process';
import { engineClient, engineFailure, isMissing } from './engine';
import { Program } from './program';

/** The command to run, and its place. */
const enterOrder = z.object({
  run: z.object({ id: z.string(), owner: z.string() }),
  node: z.string(),
  /** Id of the node's container. */
  container: z.string(),
  folder: z.string(),
  argv: z.array(z.string()),
  /** True if the command captures, for which the node itself may lack the right. */
  observe: z.boolean(),
});
export interface EnterOrder extends Omit<z.infer<typeof enterOrder>, 'argv'> {
  readonly argv: readonly string[];
}

/**
 * Runs a command in a node of a lab that another process keeps, with this process's terminal and signals.
 * `nimsfw exec`, `shell` and `capture` start this program. (`docker exec` passes no signal on, and is not
 * installed everywhere.)
 *
 * @throws LabError `NODE_GONE`, and the errors of {@link openBeside} and the engine
 */
async function enter(order: EnterOrder): Promise<number> {
  const docker = engineClient();
  const node = docker.getContainer(order.container);
  if (!(await runs(node)))
    throw new LabError(
      'NODE_GONE',
      `the container of ${order.node} does not run any more; nimsfw down and then nimsfw up make the lab anew`,
      { node: order.node },
    );
  if (!order.observe) return inTerminalOrNot(node, order);
  const gone = new AbortController();
  const { run, node: id, argv } = order;
  const command = { argv, capabilities: helperCapabilities };
  const opening = openBeside(docker, run, { id, container: node }, command, gone.signal);
  const capture = new Program(opening);
  // The handler is set before the container exists, because a signal during its start must not leave it alone.
  // A capture is the container's first process, which ignores a signal until it has set a handler, so more than
  // a signal may be needed.
  onSignal(() => capture.stop());
  const { container } = await opening;
  try {
    return await withPipes(capture);
  } finally {
    await container.remove({ force: true, v: true });
    gone.abort();
  }
}

async function runs(container: Docker.Container): Promise<boolean> {
  try {
    return (await container.inspect()).State.Running;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function inTerminalOrNot(container: Docker.Container, { argv, folder }: EnterOrder): Promise<number> {
  const options = { folder, env: { TERM: process.env['TERM'] ?? 'dumb' } };
  if (process.stdin.isTTY && process.stdout.isTTY) return inTerminal(container, argv, options);
  const command = new DockerProcess(container, argv, options);
  onSignal((signal) => command.signal(signal));
  return withPipes(command);
}

function onSignal(pass: (signal: 'INT' | 'TERM' | 'HUP') => Promise<void>): void {
  const signals = { SIGINT: 'INT', SIGTERM: 'TERM', SIGHUP: 'HUP' } as const;
  for (const [signal, name] of Object.entries(signals)) process.on(signal, () => void pass(name));
}

async function withPipes(command: DockerProcess | Program): Promise<number> {
  process.stdin.pipe(command.stdin);
  // The reader may close the pipe before the end.
  process.stdout.on('error', () => void command.signal('TERM'));
  command.stdout.pipe(process.stdout, { end: false });
  command.stderr.pipe(process.stderr, { end: false });
  const [exitCode] = await Promise.all([command.exited, finished(command.stdout), finished(command.stderr)]);
  return exitCode;
}

/** Gives the terminal to the command, which gets keys and Ctrl-C unchanged, and the size of the window. */
async function inTerminal(
  container: Docker.Container,
  argv: readonly string[],
  { folder, env }: { folder: string; env: Record<string, string> },
): Promise<number> {
  const exec = await container.exec({
    Cmd: [...argv],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: true,
    WorkingDir: folder,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
  });
  const stream = await exec.start({ hijack: true, stdin: true, Tty: true });
  const resize = (): void => {
    const { rows: h, columns: w } = process.stdout;
    exec.resize({ h, w }).catch(() => undefined);
  };
  resize();
  process.stdout.on('resize', resize);
  process.stdin.setRawMode(true);
  process.stdin.pipe(stream);
  stream.pipe(process.stdout);
  try {
    await new Promise<void>((resolve) => {
      for (const event of ['end', 'close', 'error'] as const) stream.once(event, () => resolve());
    });
    return await exitCodeOf(exec);
  } finally {
    process.stdin.setRawMode(false);
  }
}

enter(enterOrder.parse(JSON.parse(process.argv[2] ?? 'null'))).then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    process.stderr.write(`${failureLine(engineFailure(error))}\n`);
    process.exit(3);
  },
);
