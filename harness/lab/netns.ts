import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  BridgeError,
  nsenterArgv,
  startNetwork,
  Topo,
  type Host,
  type Network,
  type NetworkHandle,
} from 'mininet-ts-bridge';
import { withOwnTmp } from '../../nodes/own-tmp';
import type { NodeSpec, Topology } from '../../topologies/topology';
import type { Backend, ExecResult, NodeProcess, ProgramOptions, StartedLab, StartedNode } from './backend';
import { confinedCommand } from './confined-command';
import { LabError } from './lab-error';
import { makeFolder } from './make-folder';
import { programEnvironment } from './program-environment';

/**
 * The backend on this machine. Hosts are network namespaces, networks are Linux bridges. It needs no root, and
 * everything goes away with the process that made it.
 */
export const netns: Backend = {
  name: 'netns',
  async start(topology, options) {
    const network = await asLabError(
      startNetwork(toTopo(topology), {
        names: options.names,
        ...(options.resolver ? { nameserver: options.resolver } : {}),
        // squid keeps shared memory in /dev/shm. It must neither meet that of another squid nor outlive a
        // killed run.
        tmpfs: ['/dev/shm'],
      }),
    );
    const nodes = topology.nodes.map((spec) => new NetnsNode(network, spec, network.host(spec.id)));
    await Promise.all(nodes.map((node) => node.write({})));
    return new NetnsLab(network, nodes);
  },
  // Ctrl-C at the terminal is for the command in the node; nsenter has to stay alive to report how that ended.
  commandLine: (handle, { id, folder }, argv) => [
    ...['sh', '-c', 'trap "" INT; exec "$@"', 'sh'],
    ...nsenterArgv(handle as NetworkHandle, { host: id, cwd: folder }, [
      'env',
      '--default-signal=INT',
      ...argv,
    ]),
  ],
};

/** Returns the lab's topology in Mininet's terms: networks become switches, nodes hosts, attachments links. */
export function toTopo(topology: Topology): Topo {
  const topo = new Topo();
  const prefixes = new Map(topology.networks.map(({ id, subnet }) => [id, subnet.split('/')[1]]));
  const switches = new Map(
    topology.networks.map(({ id }, index) => {
      const short = `s${index + 1}`;
      return [id, { short, name: `${short}-${id}`.slice(0, 12) }] as const;
    }),
  );
  for (const { name } of switches.values()) topo.switch(name);
  for (const { id, routes, forwards } of topology.nodes) topo.host(id, { routes, forwards });
  for (const { id, interfaces } of topology.nodes) {
    for (const [index, { network, ip }] of interfaces.entries()) {
      const to = switches.get(network);
      if (!to) throw new Error(`${id} is attached to ${network}, which does not exist`);
      topo.link(
        { node: id, ip: `${ip}/${prefixes.get(network)}`, interfaceName: `eth${index}` },
        { node: to.name, interfaceName: `${to.short}-${id}`.slice(0, 15) },
      );
    }
  }
  return topo;
}

class NetnsLab implements StartedLab {
  constructor(
    private readonly network: Network,
    private readonly nodes: readonly StartedNode[],
  ) {}

  get handle(): unknown {
    return this.network.handle;
  }

  async stands(id: string): Promise<StartedNode> {
    return this.node(id);
  }

  node(id: string): StartedNode {
    const found = this.nodes.find((node) => node.id === id);
    if (!found) throw new LabError('UNKNOWN_NODE', `there is no node ${id}; nimsfw ps lists them`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network.stop();
  }
}

class NetnsNode implements StartedNode {
  readonly folder: string;
  private hasProgram = false;

  constructor(
    private readonly network: Network,
    readonly spec: NodeSpec,
    private readonly host: Host,
  ) {
    this.folder = `/run/nimsfw/${spec.id}`;
  }

  get id(): string {
    return this.spec.id;
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    // The modes do not depend on the caller's umask, because squid reads the files as another user.
    await makeFolder(this.outside(), 0o755);
    for (const [name, text] of Object.entries(files)) {
      const path = this.outside(name);
      await makeFolder(dirname(path), 0o755);
      await writeFile(path, text);
      await chmod(path, 0o644);
    }
  }

  read(name: string): Promise<Buffer> {
    return readFile(this.outside(name));
  }

  interfaceOf(ip: string): string {
    return this.host.interfaceOf(ip);
  }

  async adopt(device: string): Promise<void> {
    const namespace = this.network.path(`/run/netns/${this.id}`);
    try {
      await promisify(execFile)('ip', ['link', 'set', 'dev', device, 'netns', namespace]);
    } catch (error) {
      const why = String((error as { stderr?: string }).stderr ?? error)
        .trim()
        .split('\n')[0];
      throw new LabError(
        'INTERFACE_NOT_USABLE',
        `interface ${device} cannot be taken into ${this.id}: ${why}; run it as root, on a machine that has it`,
        { node: this.id },
      );
    }
  }

  exec(argv: readonly string[], options: { input?: string; timeoutMs?: number } = {}): Promise<ExecResult> {
    return asLabError(
      this.host.exec(argv, { cwd: this.folder, env: programEnvironment, ...options }),
      this.id,
    );
  }

  program(argv: readonly string[], { environment, confinement }: ProgramOptions = {}): NodeProcess {
    if (this.hasProgram)
      throw new LabError('PROGRAM_STARTED', `${this.id} has its program already; start another with spawn`, {
        node: this.id,
      });
    this.hasProgram = true;
    const whole = confinement ? confinedCommand(argv, confinement) : argv;
    return this.host.spawn(whole, { cwd: this.folder, env: { ...programEnvironment, ...environment } });
  }

  spawn(argv: readonly string[], { ownTmp = false }: { readonly ownTmp?: boolean } = {}): NodeProcess {
    const whole = ownTmp ? [...withOwnTmp, ...argv] : argv;
    return this.host.spawn(whole, { cwd: this.folder, env: programEnvironment });
  }

  /** Every node is root on its own interfaces, so this needs no further rights. */
  observe(argv: readonly string[]): NodeProcess {
    return this.spawn(argv);
  }

  /** Nor does this. */
  beside(argv: readonly string[]): NodeProcess {
    return this.spawn(argv);
  }

  private outside(name = ''): string {
    return this.network.path(join(this.folder, name));
  }
}

async function asLabError<T>(work: Promise<T>, node?: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof BridgeError) throw new LabError(error.code, error.message, { node });
    throw error;
  }
}
