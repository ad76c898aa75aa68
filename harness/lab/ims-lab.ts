import type { Writable } from 'node:stream';
import type { Catalogue, Firewall } from '../../firewalls/catalogue';
import { builtInBoxes } from '../../nodes';
import type { Boxes } from '../../nodes/box';
import { dnsKind } from '../../nodes/dns/kind';
import { LabFacts } from '../../nodes/lab-facts';
import { namesOf, topologyFor } from '../../nodes/topology-for';
import type { UeDriver } from '../../nodes/ue/ue-driver';
import type { TimerSet } from '../../nodes/ue/timers';
import type { Security } from '../../ladder';
import type { LabTopology } from '../../topologies/lab-topology';
import { addressOf } from '../../topologies/topology';
import { AccessNetwork } from './access-network';
import type { Backend, NodeProcess, StartedLab, StartedNode } from './backend';
import { BoxRunner } from './box-runner';
import { CheckUps, checkUpTimes } from './check-up';
import { Core } from './core';
import { NodeLogs } from './node-logs';
import { NodePrograms } from './node-programs';
import { Outages } from './outages';
import { makeSecrets, type SecretFaults } from './secrets';

export interface ImsLabOptions {
  readonly backend: Backend;
  readonly catalogue: Catalogue;
  /** The firewalls of the catalogue; each gets an access network. */
  readonly firewalls: readonly Firewall[];
  /** The boxes of the lab; the built-in boxes by default. */
  readonly boxes?: Boxes;
  /** The timers of SIP that the UEs have; by default those of RFC 3261. */
  readonly timers?: TimerSet;
  /** How UEs and network prove to each other who they are; `digest` by default. */
  readonly securities?: readonly Security[];
  /** Returns the stream for a node's output, which the lab ends when it stops. */
  readonly log: (nodeId: string) => Writable;
  /** Called with the files that a node gets, for the record. */
  readonly onFiles?: (nodeId: string, files: Readonly<Record<string, string>>) => void;
  /**
   * Milliseconds that a node may take to answer the question whether it still works; see {@link checkUpTimes}.
   */
  readonly answersWithinMs?: number;
  /** Faults for tests, which show that the lab's own faults are told apart from a firewall's work. */
  readonly faults?: LabFaults;
  /** Ends the start early, see {@link StartOptions.signal}. */
  readonly signal?: AbortSignal;
}

export interface LabFaults extends SecretFaults {
  /** Kinds of boxes of the core that are stopped when the lab is ready. */
  readonly stopped?: readonly string[];
}

/**
 * The lab of the CR on a backend, with one core and an access network for each firewall. Disposing of it stops
 * everything that was started.
 */
export class ImsLab implements AsyncDisposable {
  /** The nodes that died or were never ready. */
  readonly outages = new Outages();
  private readonly logs: NodeLogs;
  private readonly programs: NodePrograms;
  private readonly checkUps = new CheckUps(this.outages);
  private readonly runner: BoxRunner;
  private readonly core: Core;

  private constructor(
    readonly lab: StartedLab,
    private readonly facts: LabFacts,
    /** Maps names to addresses as every node resolves them, by `/etc/hosts` or by the DNS. */
    readonly names: Readonly<Record<string, string>>,
    options: ImsLabOptions,
  ) {
    this.logs = new NodeLogs(options.log);
    this.programs = new NodePrograms(this.outages, this.logs);
    const { outages, programs, checkUps, logs, topology } = this;
    const { answersWithinMs = checkUpTimes.answersWithinMs, boxes = builtInBoxes, onFiles, faults } = options;
    this.runner = new BoxRunner({
      ...{ lab, facts, boxes, programs, logs, checkUps, answersWithinMs },
      ...(onFiles ? { onFiles } : {}),
    });
    const stopped = faults?.stopped ?? [];
    this.core = new Core({ topology, runner: this.runner, outages, checkUps, programs, stopped });
  }

  /**
   * Builds hosts and networks and starts the core; does not wait until the core is ready.
   * @throws LabError the error of the backend
   */
  static async start(options: ImsLabOptions): Promise<ImsLab> {
    const { backend, firewalls, catalogue, boxes = builtInBoxes, faults, signal } = options;
    const { timers, securities } = options;
    const topology = topologyFor(firewalls, catalogue, boxes);
    const interception = firewalls.some(({ knobs }) => knobs.proxy === 'intercepting');
    const making = makeSecrets({ interception, boxes }, faults);
    making.catch(() => undefined);
    const names = namesOf(topology, boxes);
    const resolver = topology.core.get(dnsKind);
    const lab = await backend.start(topology, {
      // With a DNS server in the lab, names are only known to who may ask it.
      ...(resolver ? { names: {}, resolver: addressOf(resolver) } : { names }),
      boxes,
      ...(signal ? { signal } : {}),
    });
    try {
      const facts = new LabFacts(topology, boxes, await making, firewalls, timers, securities);
      return new ImsLab(lab, facts, names, options);
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  get topology(): LabTopology {
    return this.facts.topology;
  }

  /** Resolves when every node of the core has answered or is known as an outage. */
  get coreReady(): Promise<void> {
    return this.core.ready;
  }

  /** PEM of the CA with which an intercepting proxy re-signs; undefined without such a proxy. */
  get interceptionCa(): string | undefined {
    return this.facts.secrets.interception?.certificate;
  }

  /** Says whether all programs that a node cannot do without still run. */
  isRunning(id: string): boolean {
    return this.programs.isRunning(id);
  }

  node(id: string): StartedNode {
    return this.lab.node(id);
  }

  /** Resolves with a node when it has its addresses and routes; its program may not run yet. */
  stands(id: string): Promise<StartedNode> {
    return this.lab.stands(id);
  }

  /** Returns the address of a box of the core, see {@link LabFacts.addressOf}. */
  addressOf(kind: string, network?: string): string {
    return this.facts.addressOf(kind, network);
  }

  /**
   * Starts the access network of one firewall and resolves when it is ready.
   * @throws LabError `INVALID_NODE_CONFIG`, or the error of a node that cannot start
   */
  startAccess(firewall: Firewall): Promise<AccessNetwork> {
    return AccessNetwork.start(this.runner, this.facts, firewall);
  }

  /** See {@link Core.companion}. */
  companion(kind: string, name: string): Promise<NodeProcess | undefined> {
    return this.core.companion(kind, name);
  }

  /** See {@link Core.attendingPeer}. */
  attendingPeer(): Promise<UeDriver> {
    return this.core.attendingPeer();
  }

  /** See {@link CheckUps.of}. */
  checkUp(nodes: readonly string[]): Promise<void> {
    return this.checkUps.of(nodes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.outages.end();
    try {
      await this.lab[Symbol.asyncDispose]();
    } finally {
      await this.logs.end();
    }
  }
}
