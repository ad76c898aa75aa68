import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Catalogue, Firewall } from '../../firewalls/catalogue';
import type { Knobs } from '../../firewalls/knobs';
import { firewallNode, firewallSetup, inspectorOf, type Companion } from '../../nodes/firewall/firewall';
import { imsCore } from '../../nodes/ims-core/ims-core';
import type { NodeKind } from '../../nodes/node-kind';
import { pcscf } from '../../nodes/pcscf/pcscf';
import { peer } from '../../nodes/peer/peer';
import { proxy, proxyLogFile, proxyReload } from '../../nodes/proxy/proxy';
import { turn } from '../../nodes/turn/turn';
import type { Endpoint, Subscriber } from '../../nodes/ue/protocol';
import { ueNode } from '../../nodes/ue/ue-node';
import { UeDriver, UeError } from '../../nodes/ue/ue-driver';
import type { AccessAddresses, LabTopology } from '../../topologies/lab-topology';
import type { Backend, NodeProcess, StartedLab, StartedNode } from './backend';
import { checkInspector, checkProxy, checkServer, checkUe, checkUpTimes, type Check } from './check-up';
import * as configs from './configs';
import { LabError } from './lab-error';
import { keptBytes, lastWords } from './last-words';
import { Outages } from './outages';
import { makeSecrets, type RunSecrets, type SecretFaults } from './secrets';
import { textIn } from './wait';

export interface ImsLabOptions {
  readonly backend: Backend;
  readonly catalogue: Catalogue;
  /** Of the catalogue; one access network is made for each. */
  readonly firewalls: readonly Firewall[];
  /** Where a node's output goes. The lab ends the stream when it stops. */
  readonly log: (nodeId: string) => Writable;
  /** Told every file that a node is given, for the record. */
  readonly onFiles?: (nodeId: string, files: Readonly<Record<string, string>>) => void;
  /** How long a node may take to answer when it is asked whether it still does, ms; see {@link checkUpTimes}. */
  readonly answersWithinMs?: number;
  /** For tests that show that the lab's own faults are told apart from a firewall's work. */
  readonly faults?: LabFaults;
  /** Ends the start early, see {@link StartOptions.signal}. */
  readonly signal?: AbortSignal;
}

export interface LabFaults extends SecretFaults {
  /** Nodes that are stopped once the lab is ready. */
  readonly stopped?: readonly CoreNode[];
}

/** One access network, ready for attempts. */
export interface AccessNetwork {
  readonly firewall: Firewall;
  /** Those that the UE can register as; the first is its own. */
  readonly subscribers: readonly Subscriber[];
  readonly at: AccessAddresses;
  readonly ue: UeDriver;
  /** Where the firewall runs. */
  readonly firewallNode: StartedNode;
  /** pcap bytes of what the firewall denies. */
  readonly drops: NodeProcess;
  /** The proxy's log, line by line as it is written; where there is a proxy. */
  readonly proxyLog?: NodeProcess;
  /** Makes the firewall, and the proxy where there is one, forget idle connections after so many seconds, or not at all. */
  setIdle(idle: Knobs['idle']): Promise<void>;
}

const readyWithinMs = 20_000;

/** The nodes that every access network uses. */
export const coreNodes = ['pcscf', 'ims-core', 'turn', 'peer'] as const;
export type CoreNode = (typeof coreNodes)[number];

/** How a process ends that SIGKILL ended. */
const killed = 137;

/** How long the last words of a program may take after its end, ms: what it has started can hold its output open. */
const wordsWithinMs = 300;

/**
 * The lab of the CR on some backend: the core once, and for each firewall a UE, the firewall, and a web proxy where the
 * type has one. Everything that was started is stopped when it is disposed of.
 */
export class ImsLab implements AsyncDisposable {
  /** Resolves when the core answers: SIP OPTIONS at the P-CSCF, an allocation at the TURN server, the core's own word. */
  readonly coreReady: Promise<void>;
  /** Nodes that died or never were ready. */
  readonly outages = new Outages();
  private readonly logs = new Map<string, Writable>();
  private readonly ended = new Set<string>();
  /** The end of what each node has said. */
  private readonly said = new Map<string, string>();
  /** What tells of a node that runs whether it still answers. */
  private readonly checks = new Map<string, Check>();
  private otherEnd: UeDriver | undefined;
  /** Ended by the lab itself. */
  private readonly stopped = new Set<NodeProcess>();

  private constructor(
    readonly lab: StartedLab,
    readonly topology: LabTopology,
    readonly names: Readonly<Record<string, string>>,
    private readonly secrets: RunSecrets,
    private readonly options: ImsLabOptions,
  ) {
    this.coreReady = this.startCore();
    // Whoever waits for it is told; until then it must not end the process.
    this.coreReady.catch(() => undefined);
  }

  /**
   * Builds hosts and networks and starts the core; does not wait for it to be ready.
   * @throws LabError `INVALID_NODE_CONFIG`, and what the backend throws
   */
  static async start(options: ImsLabOptions): Promise<ImsLab> {
    const topology = configs.topologyFor(options.firewalls, options.catalogue);
    const names = configs.namesOf(topology);
    const making = makeSecrets(
      { interception: options.firewalls.some(({ knobs }) => knobs.proxy === 'intercepting') },
      options.faults,
    );
    making.catch(() => undefined);
    const lab = await options.backend.start(topology, {
      names,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    try {
      return new ImsLab(lab, topology, names, await making, options);
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** PEM of the CA with which an intercepting proxy re-signs, where there is such a proxy. */
  get interceptionCa(): string | undefined {
    return this.secrets.interception?.certificate;
  }

  private get answersWithinMs(): number {
    return this.options.answersWithinMs ?? checkUpTimes.answersWithinMs;
  }

  /** Whether the node's own program still runs. */
  isRunning(id: string): boolean {
    return !this.ended.has(id);
  }

  node(id: string): StartedNode {
    return this.lab.node(id);
  }

  /** A node once it has its addresses and routes; its program may not run yet. */
  stands(id: string): Promise<StartedNode> {
    return this.lab.stands(id);
  }

  /** Starts the access network of one firewall and resolves when it is ready. */
  async startAccess(firewall: Firewall): Promise<AccessNetwork> {
    const { topology, secrets } = this;
    const [drops, web, ue] = await Promise.all([
      this.startFirewall(firewall),
      this.startProxy(firewall),
      this.startUe(`ue-${firewall.id}`, ueNode, configs.ueConfigOf(topology, secrets, firewall)),
    ]);
    if (web) {
      const id = `proxy-${firewall.id}`;
      await this.whileRunning(id, web.process, this.probe(ue, id, { kind: 'tcp', at: web.at }));
    }
    const at = topology.access.get(firewall.id)!;
    const subscribers = configs.subscribersBehind(firewall, secrets);
    const setIdle = async (idle: Knobs['idle']): Promise<void> => {
      const changed = { ...firewall, knobs: { ...firewall.knobs, idle } };
      await Promise.all([this.configureFirewall(changed), this.configureProxy(changed)]);
    };
    const firewallNode = this.node(`fw-${firewall.id}`);
    return {
      firewall,
      subscribers,
      at,
      ue,
      firewallNode,
      drops,
      setIdle,
      ...(web ? { proxyLog: web.log() } : {}),
    };
  }

  /**
   * The other end of calls, messages and sessions, once the core is ready: registered, and answering.
   * @throws LabError `UE_REQUEST` where it cannot register, and why the core is not ready
   */
  async attendingPeer(): Promise<UeDriver> {
    await this.coreReady;
    await asLabError('peer', this.otherEnd!.attend());
    return this.otherEnd!;
  }

  /** Resolves, with the stream of what it denies, when it filters and tells. */
  private async startFirewall(firewall: Firewall): Promise<NodeProcess> {
    const id = `fw-${firewall.id}`;
    const { process, config } = await this.startNode(
      id,
      firewallNode,
      (interfaceOf) => configs.firewallConfigOf(this.topology, firewall, interfaceOf),
      firewallSetup,
    );
    this.keep(id, process, 'stderr');
    const listening = textIn(process.stderr, 'listening on', {
      what: `${id} to report what it denies`,
      withinMs: readyWithinMs,
      node: id,
    });
    await Promise.all([
      this.whileRunning(id, process, listening),
      this.startInspector(id, inspectorOf(config)),
    ]);
    return process;
  }

  /** The inspector of a firewall that has one; the firewall is as good as dead without it. */
  private async startInspector(id: string, inspector: Companion | undefined): Promise<void> {
    if (!inspector) return;
    const process = this.lab.node(id).spawn(inspector.argv);
    const what = `the inspector of ${id}`;
    this.checks.set(id, checkInspector(id, this.node(id), this.answersWithinMs));
    this.needs(id, process, what);
    this.keep(id, process, 'stdout', 'stderr');
    const listening = textIn(process.stdout, inspector.ready, { what, withinMs: readyWithinMs, node: id });
    await this.whileRunning(id, process, listening);
  }

  /** Replaces the rules of a running firewall. */
  private async configureFirewall(firewall: Firewall): Promise<void> {
    const id = `fw-${firewall.id}`;
    await this.configureNode(
      id,
      firewallNode,
      (interfaceOf) => configs.firewallConfigOf(this.topology, firewall, interfaceOf),
      firewallSetup,
    );
  }

  /** Gives a running proxy, where the type has one, another configuration; resolves when it works by it. */
  private async configureProxy(firewall: Firewall): Promise<void> {
    const config = configs.proxyConfigOf(this.topology, this.secrets, firewall);
    if (config) await this.configureNode(`proxy-${firewall.id}`, proxy, () => config, proxyReload);
  }

  /**
   * Asks these nodes whether they still do their work; one that does not answer is an outage. What they are asked by comes
   * first: who is not heard of because of it is not at fault. Resolves when each has answered or is told of.
   */
  async checkUp(nodes: readonly string[]): Promise<void> {
    const check = async (node: string): Promise<boolean> => {
      if (this.outages.among([node])) return false;
      try {
        await this.checks.get(node)?.();
        return true;
      } catch (error) {
        this.outages.tell(node, error as Error);
        return false;
      }
    };
    const core = nodes.filter((node) => (coreNodes as readonly string[]).includes(node));
    const checkCore = async (): Promise<void> => {
      if (core.length === 0 || !(await check('peer'))) return;
      const behindEdge = async (): Promise<void> => {
        if ((await check('pcscf')) && core.includes('ims-core')) await check('ims-core');
      };
      await Promise.all([behindEdge(), ...(core.includes('turn') ? [check('turn')] : [])]);
    };
    await Promise.all([checkCore(), ...nodes.filter((node) => !core.includes(node)).map(check)]);
  }

  /** The web proxy, where the type has one; whether it answers is for the UE to see. */
  private async startProxy(
    firewall: Firewall,
  ): Promise<{ process: NodeProcess; at: Endpoint; log: () => NodeProcess } | undefined> {
    const config = configs.proxyConfigOf(this.topology, this.secrets, firewall);
    if (!config) return undefined;
    const id = `proxy-${firewall.id}`;
    const { process } = await this.startNode(id, proxy, () => config);
    const at = { ip: config.address, port: config.port };
    this.checks.set(id, checkProxy(id, this.node(id), at, this.answersWithinMs));
    this.keep(id, process, 'stdout', 'stderr');
    return {
      process,
      at,
      log: () => {
        const tail = this.lab.node(id).spawn(['tail', '-n', '+1', '-F', proxyLogFile]);
        this.watch(id, tail, `what reads the log of ${id}`);
        // A reader of the node's log wants to see what it did, too.
        tail.stdout.on('data', (chunk: Buffer) => this.logs.get(id)?.write(chunk));
        return tail;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.outages.end();
    try {
      await this.lab[Symbol.asyncDispose]();
    } finally {
      await Promise.all(
        [...this.logs.values()].map((log) => new Promise<void>((resolve) => log.end(resolve))),
      );
    }
  }

  /**
   * Has the end of a process that a node needs be an outage of that node, at once and with its last words, unless the lab
   * ends.
   * @param what what a message calls it, the node's own program by default
   */
  watch(node: string, process: NodeProcess, what = node): void {
    const tell = async (): Promise<void> => {
      if (!this.stopped.has(process)) this.outages.tell(node, await this.deathOf(node, process, what));
    };
    process.exited.then(tell, tell);
  }

  /** Of a process that has ended. */
  private async deathOf(node: string, process: NodeProcess, what: string): Promise<LabError> {
    const exitCode = await process.exited.catch(() => undefined);
    // What it said last may just be on its way.
    await Promise.race([allClosed([process.stdout, process.stderr]), delay(wordsWithinMs)]);
    const words = lastWords(this.said.get(node) ?? '');
    const end =
      exitCode === undefined
        ? `${what} ended: ${words}; look at its log`
        : exitCode === killed
          ? `${what} was killed (SIGKILL); look whether the machine ran out of memory`
          : `${what} ended (exit ${exitCode}): ${words}; look at its log`;
    return new LabError('NODE_DIED', end, { node });
  }

  private async startCore(): Promise<void> {
    const { topology, secrets } = this;
    let coreReady = Promise.resolve();
    const starting = Promise.all([
      this.startServer('pcscf', pcscf, configs.pcscfConfigOf(topology, secrets, this.options.firewalls)),
      this.startServer('ims-core', imsCore, configs.imsCoreConfigOf(topology, secrets), ({ stderr }) => {
        const what = 'ims-core to be ready';
        coreReady = textIn(stderr, 'ims-core is ready', { what, withinMs: readyWithinMs, node: 'ims-core' });
        coreReady.catch(() => undefined);
      }),
      this.startServer('turn', turn, configs.turnConfigOf(topology, secrets)),
      this.startUe('peer', peer, configs.peerConfigOf(topology, secrets)),
    ]);
    const [edge, core, relay, ue] = await starting.catch((error: Error) => {
      // Without one of them, nobody can say of the others whether they are ready.
      for (const id of coreNodes) this.outages.tell(id, error);
      throw error;
    });
    this.otherEnd = ue;
    const sip = { ip: topology.core.pcscf, port: configs.ports.sip.udp };
    const stun = { ip: topology.core.turn, port: configs.ports.turn.udp };
    for (const [id, kind, at] of [
      ['pcscf', 'sip-options', sip],
      ['ims-core', 'sip-register', sip],
      ['turn', 'turn-allocate', stun],
    ] as const)
      this.checks.set(id, checkServer(id, ue, { kind, at }, this.answersWithinMs));
    const servers = { pcscf: edge, 'ims-core': core, turn: relay };
    const ready = {
      'ims-core': coreReady,
      pcscf: this.probe(ue, 'pcscf', {
        kind: 'sip-options',
        at: { ip: topology.core.pcscf, port: configs.ports.sip.udp },
      }),
      turn: this.probe(ue, 'turn', {
        kind: 'turn-allocate',
        at: { ip: topology.core.turn, port: configs.ports.turn.udp },
      }),
    };
    const ids = ['pcscf', 'ims-core', 'turn'] as const;
    const stands = async (id: (typeof ids)[number]): Promise<void> => {
      try {
        await this.whileRunning(id, servers[id], ready[id]);
      } catch (error) {
        this.outages.tell(id, error as Error);
        throw error;
      }
    };
    // Of those that will be ready, each is waited for: what needs only them goes on.
    const ended = await Promise.allSettled(ids.map(stands));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    const stopped = this.options.faults?.stopped ?? [];
    for (const id of ids) {
      if (!stopped.includes(id)) continue;
      this.stopped.add(servers[id]);
      // Nobody is asked who is to be silent; the IMS core is asked through the P-CSCF.
      for (const silent of id === 'pcscf' ? ['pcscf', 'ims-core'] : [id]) this.checks.delete(silent);
      await servers[id].stop();
    }
  }

  /**
   * Starts a node of the core whose output is its log.
   * @param listen called before the first of its output is read
   */
  private async startServer<C>(
    id: string,
    kind: NodeKind<C>,
    config: C,
    listen: (process: NodeProcess) => void = () => undefined,
  ): Promise<NodeProcess> {
    const { process } = await this.startNode(id, kind, () => config);
    listen(process);
    this.keep(id, process, 'stdout', 'stderr');
    return process;
  }

  /**
   * Waits for a node to be ready, but no longer than its program runs.
   * @throws LabError `NODE_DIED` with what it said last, and what the readiness throws
   */
  private async whileRunning(id: string, process: NodeProcess, ready: Promise<void>): Promise<void> {
    // Whichever comes second is of no interest.
    ready.catch(() => undefined);
    const died = process.exited.then(
      () => 'died',
      () => 'died',
    );
    const isReady = ready.then(() => 'ready');
    try {
      if ((await Promise.race([isReady, died])) === 'ready') return;
    } catch (error) {
      // Its end is often seen first by who waits for its word.
      if ((await Promise.race([died, delay(wordsWithinMs)])) !== 'died') throw error;
    }
    throw await this.deathOf(id, process, id);
  }

  private async startNode<C>(
    id: string,
    kind: NodeKind<C>,
    configure: (interfaceOf: (ip: string) => string) => C,
    setup: (config: C, folder: string) => string[][] = () => [],
  ): Promise<{ process: NodeProcess; config: C }> {
    const { node, config } = await this.configureNode(id, kind, configure, setup);
    const process = node.program(kind.command(config, node.folder));
    this.needs(id, process, id);
    return { process, config };
  }

  /** Watches a program that a node cannot do without: with it the node has ended. */
  private needs(id: string, process: NodeProcess, what: string): void {
    this.watch(id, process, what);
    const end = (): unknown => this.ended.add(id);
    process.exited.then(end, end);
  }

  private async configureNode<C>(
    id: string,
    kind: NodeKind<C>,
    configure: (interfaceOf: (ip: string) => string) => C,
    setup: (config: C, folder: string) => string[][],
  ): Promise<{ node: StartedNode; config: C }> {
    const node = await this.lab.stands(id);
    const parsed = kind.config.safeParse(configure((ip) => node.interfaceOf(ip)));
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new LabError(
        'INVALID_NODE_CONFIG',
        `the configuration of ${id} is wrong at ${issue?.path.join('.')}: ${issue?.message}`,
        { node: id },
      );
    }
    const config = parsed.data;
    const files = kind.files(config, node.folder);
    await node.write(files);
    this.options.onFiles?.(id, files);
    for (const argv of setup(config, node.folder)) {
      const { exitCode, stderr } = await node.exec(argv);
      if (exitCode !== 0)
        throw new LabError(
          'NODE_SETUP_FAILED',
          `${argv.join(' ')} failed in ${id}: ${stderr.trim().split('\n')[0]}; run nimsfw doctor`,
          { node: id },
        );
    }
    return { node, config };
  }

  private async startUe(
    id: string,
    kind: typeof ueNode,
    config: Parameters<typeof ueNode.command>[0],
  ): Promise<UeDriver> {
    const { process } = await this.startNode(id, kind, () => config);
    this.keep(id, process, 'stderr');
    const driver = new UeDriver(process);
    this.checks.set(id, checkUe(id, driver, this.answersWithinMs));
    await asLabError(id, driver.ready(readyWithinMs));
    return driver;
  }

  private async probe(
    ue: UeDriver,
    node: string,
    what: { kind: 'sip-options' | 'turn-allocate' | 'tcp'; at: { ip: string; port: number } },
  ): Promise<void> {
    try {
      await ue.probe({ ...what, withinMs: readyWithinMs });
    } catch {
      throw new LabError(
        'NOT_READY',
        `waited ${readyWithinMs} ms for ${node} to answer (${what.kind} at ${what.at.ip}:${what.at.port}), in vain; look at its log`,
        { node },
      );
    }
  }

  /** Sends a node's output to its log. */
  private keep(id: string, process: NodeProcess, ...streams: ('stdout' | 'stderr')[]): void {
    const log = this.logs.get(id) ?? this.options.log(id);
    this.logs.set(id, log);
    for (const name of streams) {
      process[name].on('data', (chunk: Buffer) => {
        log.write(chunk);
        this.said.set(id, `${this.said.get(id) ?? ''}${chunk.toString('latin1')}`.slice(-keptBytes));
      });
    }
  }
}

/** What a UE program did wrong, as what the lab says of a node. */
async function asLabError(node: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UeError) throw new LabError(error.code, error.message, { node });
    throw error;
  }
}

/** Resolves when all of them are closed. */
async function allClosed(streams: readonly Readable[]): Promise<void> {
  await Promise.all(
    streams.map(
      (stream) => new Promise<unknown>((done) => (stream.closed ? done(0) : stream.once('close', done))),
    ),
  );
}
