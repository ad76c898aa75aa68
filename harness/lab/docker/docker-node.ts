import { type Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { rangeOf, toNumber } from '../../../kit/ipv4';
import { lastLine } from '../../../kit/last-lines';
import type { NodeSpec } from '../../../topologies/topology';
import type { ExecResult, NodeProcess, ProgramOptions, StartedNode } from '../backend';
import { LabError } from '../lab-error';
import { archiveOf } from './archive';
import { folderOf, helperCapabilities } from './containers';
import { DockerProcess } from './docker-process';
import { inImage } from './image-content';
import { type LinkRoute } from './link-routes';
import { Program, type Opened } from './program';
import { quoted } from '../../../nodes/shell-word';
import { Shell, type OrderResult } from './shell';
import { died } from './standing';

/**
 * Starts a container of somebody else's image in the network of a node.
 * @param argv its command; that of the image if it is empty
 */
export type StartGuest = (
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
) => Promise<Opened>;

/** Starts a command with these capabilities in a container of its own, in the network of a node. */
export type StartBeside = (argv: readonly string[], capabilities: readonly string[]) => NodeProcess;

/** A node that is a container. */
export class DockerNode implements StartedNode {
  readonly folder: string;
  readonly container: Docker.Container;
  /** The shell that takes orders, until the node's own program is started. */
  private shell: Shell | undefined;

  /**
   * @param opened its container, which takes orders
   * @param routes the subnet of each interface
   * @param starter starts a program in a container of its own in this node's network
   * @param captures says whether the node itself may capture
   * @param gone aborts when the container is gone
   */
  constructor(
    readonly spec: NodeSpec,
    opened: Opened,
    private readonly routes: readonly LinkRoute[],
    private readonly starter: StartBeside,
    private readonly captures: boolean,
    private readonly gone: AbortSignal,
    /** Starts the container of somebody else's image, if the node's program is in one. */
    private readonly guest?: StartGuest,
  ) {
    this.folder = folderOf(spec.id);
    this.container = opened.container;
    this.shell = new Shell(opened.channel);
  }

  get id(): string {
    return this.spec.id;
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    const entries = Object.entries(files);
    if (entries.length === 0) return;
    // The user of somebody else's image may be any.
    const archive = archiveOf(files, this.guest ? 0o644 : 0o600);
    // The files are sent through the container, because `docker cp` does not reach a tmpfs.
    const unpack = ['tar', '-x', '-f', '-', '--no-same-owner', '-C', this.folder];
    const { exitCode, stderr } = this.shell
      ? await this.unpackByShell(this.shell, unpack, await buffer(archive))
      : await this.toEnd(unpack, archive);
    if (exitCode !== 0) throw this.failed(`write ${entries.map(([name]) => name).join(', ')}`, stderr);
  }

  async read(name: string): Promise<Buffer> {
    const { exitCode, stdout, stderr } = await this.toEnd(['cat', '--', name]);
    if (exitCode !== 0) throw this.failed(`read ${name}`, stderr);
    return stdout;
  }

  interfaceOf(ip: string): string {
    const own = this.spec.interfaces.map((at) => at.ip);
    const address = toNumber(ip);
    const route = this.routes.find(({ subnet }) => {
      const { first, last } = rangeOf(subnet);
      return first <= address && address <= last;
    });
    if (route && own.includes(ip)) return route.device;
    throw new LabError('ADDRESS_NOT_USABLE', `${this.id} has no address ${ip}; it has ${own.join(', ')}`, {
      node: this.id,
    });
  }

  async exec(
    argv: readonly string[],
    { input, timeoutMs }: { input?: string; timeoutMs?: number } = {},
  ): Promise<ExecResult> {
    if (this.shell && input === undefined && timeoutMs === undefined) {
      const command = `(cd ${quoted(this.folder)} && exec ${inImage(argv).map(quoted).join(' ')}) </dev/null`;
      return this.ordered(this.shell.run(command));
    }
    const { exitCode, stdout, stderr } = await this.toEnd(argv, input, timeoutMs);
    return { exitCode, stdout: stdout.toString('utf8'), stderr };
  }

  program(argv: readonly string[], { environment = {} }: ProgramOptions = {}): NodeProcess {
    const { container, shell, guest } = this;
    if (!shell)
      throw new LabError('PROGRAM_STARTED', `${this.id} has its program already; start another with spawn`, {
        node: this.id,
      });
    this.shell = undefined;
    if (guest) return new Program(guest(argv, environment));
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const command = variables.length > 0 ? ['env', ...variables, ...argv] : argv;
    return new Program(
      shell.become(inImage(command), this.folder).then((channel) => ({ container, channel })),
    );
  }

  /** A container has a `/tmp` of its own in any case. */
  spawn(argv: readonly string[]): NodeProcess {
    return new DockerProcess(this.container, inImage(argv), { folder: this.folder, gone: this.gone });
  }

  observe(argv: readonly string[]): NodeProcess {
    const inside = inImage(argv);
    return this.captures
      ? new DockerProcess(this.container, inside, { gone: this.gone })
      : this.starter(inside, helperCapabilities);
  }

  beside(argv: readonly string[], capabilities: readonly string[]): NodeProcess {
    return this.starter(inImage(argv), capabilities);
  }

  private unpackByShell(shell: Shell, unpack: readonly string[], archive: Buffer): Promise<OrderResult> {
    return this.ordered(shell.run(`head -c ${archive.length} | ${unpack.map(quoted).join(' ')}`, archive));
  }

  private async ordered(result: Promise<OrderResult>): Promise<OrderResult> {
    try {
      return await result;
    } catch (error) {
      throw died(this.id, (error as Error).message);
    }
  }

  private async toEnd(
    argv: readonly string[],
    input?: string | Readable,
    timeoutMs?: number,
  ): Promise<{ exitCode: number; stdout: Buffer; stderr: string }> {
    const process = this.spawn(argv);
    if (typeof input === 'object') input.pipe(process.stdin);
    else process.stdin.end(input);
    const ended = Promise.all([process.exited, buffer(process.stdout), text(process.stderr)]);
    let late = false;
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            late = true;
            void process.stop(0);
          }, timeoutMs);
    try {
      const [exitCode, stdout, stderr] = await ended;
      if (late)
        throw new LabError(
          'COMMAND_TIMED_OUT',
          `"${argv.join(' ')}" in ${this.id} did not end within ${timeoutMs} ms and was killed; allow it more time`,
          { node: this.id },
        );
      return { exitCode, stdout, stderr };
    } finally {
      clearTimeout(timer);
    }
  }

  private failed(what: string, stderr: string): LabError {
    const why = lastLine(stderr) || 'it said nothing';
    return new LabError(
      'COMMAND_FAILED',
      `cannot ${what} in ${this.id}: ${why}; look whether its container runs`,
      {
        node: this.id,
      },
    );
  }
}
