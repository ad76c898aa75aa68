import { BridgeError } from './errors';
import type { NetworkProcess, SpawnOptions } from './network-process';
import { searchPath } from './programs';
import type { Beginning } from './spawner';
import type { WiredHost } from './wiring';

export interface ExecOptions extends SpawnOptions {
  /** Written to the command's standard input, which then ends. */
  readonly input?: string | Uint8Array;
  /** The command is ended after so many milliseconds, and `COMMAND_TIMED_OUT` thrown. Default: no limit. */
  readonly timeoutMs?: number;
}

export interface ExecResult {
  /** 128 plus the number of the signal when one ended the command. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts a command in the network.
 * @throws BridgeError `NETWORK_STOPPED`, `COMMAND_FAILED` for what no command line can hold
 */
export type StartCommand = (beginning: Beginning) => NetworkProcess;

/** A place in the network where commands run: a host, or the namespace of the switches. */
export class Namespace {
  constructor(
    /** Host name, or `switches`. */
    readonly name: string,
    private readonly start: StartCommand,
    /** Path of the network namespace, as seen inside; `undefined` for that of the switches. */
    private readonly net: string | undefined,
  ) {}

  /**
   * Starts a command and leaves it running.
   * @throws BridgeError `NETWORK_STOPPED`, `COMMAND_FAILED` for what no command line can hold
   */
  spawn(argv: readonly string[], { cwd = '/', env }: SpawnOptions = {}): NetworkProcess {
    return this.start({
      ...(this.net === undefined ? {} : { net: this.net }),
      cwd,
      argv,
      env: { ...(env ?? process.env), PATH: searchPath(env?.PATH) },
    });
  }

  /**
   * Runs a command to its end, whatever its exit code.
   * @throws BridgeError `COMMAND_TIMED_OUT`, `NETWORK_STOPPED`
   */
  async exec(
    argv: readonly string[],
    { input, timeoutMs, ...options }: ExecOptions = {},
  ): Promise<ExecResult> {
    const process = this.spawn(argv, options);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      process[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    }
    process.stdin.end(input);
    let timedOut = false;
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            void process.stop(0);
          }, timeoutMs);
    const exitCode = await process.exited;
    clearTimeout(timer);
    if (timedOut) {
      throw new BridgeError(
        'COMMAND_TIMED_OUT',
        `"${argv.join(' ')}" in ${this.name} did not end within ${timeoutMs} ms and was killed; allow it more time`,
      );
    }
    return { exitCode, ...output };
  }

  /**
   * Runs a command that has to succeed, and returns what it printed.
   * @throws BridgeError `COMMAND_FAILED` when its exit code is not 0, and all that {@link exec} throws
   */
  async run(argv: readonly string[], options: ExecOptions = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.exec(argv, options);
    if (exitCode === 0) return stdout;
    const words = (stderr.trim() || stdout.trim()).split('\n').slice(-3).join(' | ');
    throw new BridgeError(
      'COMMAND_FAILED',
      `"${argv.join(' ')}" in ${this.name} ended with exit code ${exitCode}${words ? `: ${words}` : ''}`,
    );
  }
}

/** An interface of a running host. */
export interface HostInterface {
  readonly name: string;
  /** IPv4 address without prefix length; missing when the link's end was given none. */
  readonly ip?: string;
  readonly prefix?: number;
  /** Index of the link in the topology's `links`. */
  readonly link: number;
}

/** A host of a running network. */
export class Host extends Namespace {
  readonly interfaces: readonly HostInterface[];

  constructor(spec: WiredHost, start: StartCommand) {
    super(spec.name, start, `/run/netns/${spec.name}`);
    this.interfaces = spec.interfaces.map(({ name, address, link }) => ({
      name,
      ...(address ? { ip: address.ip, prefix: address.prefix } : {}),
      link,
    }));
  }

  /** The host's first address, as Mininet's `IP()`; `undefined` when it has none. */
  get ip(): string | undefined {
    return this.interfaces.find(({ ip }) => ip !== undefined)?.ip;
  }

  /**
   * The name of the interface with this address.
   * @throws BridgeError `ADDRESS_NOT_USABLE` when the host does not have it
   */
  interfaceOf(ip: string): string {
    const found = this.interfaces.find((candidate) => candidate.ip === ip);
    if (!found) {
      const own = this.interfaces.flatMap((candidate) => candidate.ip ?? []).join(', ') || 'none';
      throw new BridgeError('ADDRESS_NOT_USABLE', `host ${this.name} has no address ${ip}; it has ${own}`);
    }
    return found.name;
  }
}
