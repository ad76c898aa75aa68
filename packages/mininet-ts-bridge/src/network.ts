import { availableParallelism } from 'node:os';
import { posix } from 'node:path';
import { ipv4ToNumber } from './address';
import { startTicksOf, type NetworkHandle } from './command-line';
import { BridgeError } from './errors';
import { InitProcess } from './init-process';
import { Host, Namespace, type StartCommand } from './namespace';
import { pingAll, type PingAllOptions, type PingAllResult } from './ping-all';
import { requirePrograms } from './programs';
import { buildScript, preludeScript } from './script';
import { isShaped, planShaping } from './shaping';
import type { Topo } from './topo';
import { wire, type Wiring } from './wiring';

export interface NetworkOptions {
  /**
   * Names that every host can look up (`/etc/hosts`), with their IPv4 addresses. The hosts themselves are in it by
   * their first address, unless a name given here is the same.
   */
  readonly names?: Readonly<Record<string, string>>;
  /** IPv4 address of the DNS server that every host asks for other names (`/etc/resolv.conf`); by default that of this machine. */
  readonly nameserver?: string;
  /**
   * Existing folders, absolute, that the network sees empty and writable instead (a tmpfs each, gone with it). `/run`
   * is such a folder always.
   */
  readonly tmpfs?: readonly string[];
}

/** A running network. Disposing of it ends every process in it and leaves nothing behind. */
export class Network implements AsyncDisposable {
  readonly hosts: readonly Host[];
  /** Holds the bridges and their ports, for commands such as `bridge link` or a capture on a port. */
  readonly switchNamespace: Namespace;
  private stopping: Promise<void> | undefined;

  /** @internal Use {@link startNetwork}. */
  constructor(
    wiring: Wiring,
    private readonly init: InitProcess,
    /** Another process of the same user finds this network again by it. */
    readonly handle: NetworkHandle,
  ) {
    const start: StartCommand = (beginning) => {
      this.assertRunning();
      return this.init.start(beginning);
    };
    this.hosts = wiring.hosts.map((host) => new Host(host, start));
    this.switchNamespace = new Namespace('switches', start, undefined);
  }

  /** PID 1 of the network, as numbered outside. */
  get initPid(): number {
    return this.handle.initPid;
  }

  /** @throws BridgeError `UNKNOWN_NODE` */
  host(name: string): Host {
    const host = this.hosts.find((candidate) => candidate.name === name);
    if (!host) {
      const names = this.hosts.map((candidate) => candidate.name).join(', ');
      throw new BridgeError(
        'UNKNOWN_NODE',
        `there is no host "${name}" in this network; it has ${names || 'none'}`,
      );
    }
    return host;
  }

  /**
   * The path by which the outside reaches a file of the network, e.g. below its own `/run`. Symbolic links with
   * absolute targets on the way are followed outside, as always with /proc/PID/root.
   */
  path(insidePath: string): string {
    return `/proc/${this.initPid}/root${posix.resolve('/', insidePath)}`;
  }

  /** Pings between all hosts, as Mininet's `pingAll`. */
  pingAll(options: PingAllOptions = {}): Promise<PingAllResult> {
    return pingAll(this.hosts, options);
  }

  /** Ends all processes at once (SIGKILL) and removes the network. Resolves when it is gone; may be called again. */
  stop(): Promise<void> {
    this.stopping ??= (async () => {
      const processes = this.init.processes;
      await this.init.stop();
      // Output that a reader has not taken, and will not, must not hold the end up.
      await Promise.all(processes.map((process) => process.stop(0)));
    })();
    return this.stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  private assertRunning(): void {
    if (!this.stopping && !this.init.hasEnded) return;
    throw new BridgeError(
      'NETWORK_STOPPED',
      'the network was stopped; start it again before running commands in it',
    );
  }
}

/**
 * Builds a topology in namespaces of its own, as root or as an ordinary user, and resolves when it carries packets.
 *
 * @example
 * await using net = await startNetwork(topo);
 * console.log(await net.host('h1').run(['ping', '-c1', 'h2']));
 *
 * @throws BridgeError for a mistake in the topology (see {@link Topo}), `MISSING_PROGRAM`, `USER_NAMESPACES_OFF`,
 * `NO_SUBUID_RANGE`, `NO_NEW_PRIVILEGES`, `UNSUPPORTED_BY_KERNEL`, `NETWORK_START_FAILED`. Nothing is left behind then either.
 */
export async function startNetwork(topo: Topo, options: NetworkOptions = {}): Promise<Network> {
  const wiring = wire(topo);
  const names = { ...namesOf(wiring), ...options.names };
  checkNames(names);
  checkNameserver(options.nameserver);
  const tmpfs = options.tmpfs ?? [];
  checkFolders(tmpfs);
  const isShaping = wiring.links.some(isShaped);
  const isOrdinaryUser = process.getuid?.() !== 0;
  requirePrograms([
    ...['sh', 'perl', 'unshare', 'nsenter', 'mount', 'ip', 'bridge'],
    ...(isOrdinaryUser ? ['newuidmap', 'newgidmap'] : []),
    ...(isShaping ? ['tc'] : []),
    ...(wiring.links.some(({ loss }) => (loss ?? 0) > 0) ? ['nft'] : []),
  ]);

  const init = InitProcess.spawn();
  try {
    const { pid, features } = await init.prepare(
      preludeScript(names, tmpfs, options.nameserver, isShaping),
      isShaping,
    );
    const script = buildScript(wiring, planShaping(wiring, features), Math.min(4, availableParallelism()));
    await init.build(script);
    const startTicks = startTicksOf(pid);
    if (startTicks === undefined) {
      throw new BridgeError('NETWORK_START_FAILED', 'the network ended as soon as it stood; try again');
    }
    return new Network(wiring, init, { initPid: pid, startTicks, userNamespace: init.userNamespace });
  } catch (error) {
    await init.stop();
    throw error;
  }
}

function namesOf(wiring: Wiring): Record<string, string> {
  return Object.fromEntries(
    wiring.hosts.flatMap(({ name, interfaces }) => {
      const ip = interfaces.find(({ address }) => address)?.address?.ip;
      return ip === undefined ? [] : [[name, ip]];
    }),
  );
}

function checkNames(names: Readonly<Record<string, string>>): void {
  for (const [name, ip] of Object.entries(names)) {
    if (!/^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/.test(name)) {
      throw new BridgeError(
        'NAME_NOT_USABLE',
        `names: "${name}" is no host name; use letters, digits, "-" and "."`,
      );
    }
    if (ipv4ToNumber(ip) === undefined) {
      throw new BridgeError('ADDRESS_NOT_USABLE', `names: "${ip}" of ${name} is not an IPv4 address`);
    }
  }
}

function checkNameserver(ip: string | undefined): void {
  if (ip !== undefined && ipv4ToNumber(ip) === undefined)
    throw new BridgeError('ADDRESS_NOT_USABLE', `nameserver: "${ip}" is not an IPv4 address`);
}

function checkFolders(folders: readonly string[]): void {
  for (const folder of folders) {
    if (/^(\/[A-Za-z0-9_.-]+)+$/.test(folder) && posix.normalize(folder) === folder) continue;
    throw new BridgeError(
      'NETWORK_START_FAILED',
      `tmpfs: "${folder}" is no absolute path of a folder; write it like /var/log`,
    );
  }
}
