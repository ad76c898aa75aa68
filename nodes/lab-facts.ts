import type { Firewall } from '../firewalls/catalogue';
import { dnsPort } from '../firewalls/rules';
import type { Security } from '../ladder';
import type { LabTopology } from '../topologies/lab-topology';
import { addressOf, type NodeSpec } from '../topologies/topology';
import { dnsKind } from './dns/kind';
import { nameInHomeNetwork } from './home-network';
import type { KeyPair, RunSecrets } from './run-secrets';
import type { TimerSet } from './ue/timers';

/** Ports that a box serves, by their purpose. */
export type Ports = Readonly<Record<string, number>>;

/** The facts of a box that the other boxes of its lab may know. */
export interface BoxFacts {
  readonly kind: string;
  readonly ports: Ports;
  readonly hostName?: string;
}

/** The facts that a box may know of the lab when it is configured: addresses and ports, and the secrets of the run. */
export class LabFacts {
  constructor(
    readonly topology: LabTopology,
    readonly boxes: { of(kind: string): BoxFacts },
    readonly secrets: RunSecrets,
    /** The firewalls that the lab has an access network for. */
    readonly firewalls: readonly Firewall[],
    /** The timers of SIP that the UEs have. */
    readonly timers: TimerSet = 'rfc',
    /** How UEs and network prove to each other who they are. */
    readonly securities: readonly Security[] = ['digest'],
  ) {}

  /**
   * Returns the address of a box of the core.
   * @param network `core` or `transit`; by default the one on which the other nodes reach it
   */
  addressOf(kind: string, network?: string): string {
    return addressOf(nodeOfKind(this.topology.core, kind), network);
  }

  /**
   * Returns how other nodes find a server of the core: its FQDN, its address and its ports.
   * @typeParam P the ports that its kind is expected to serve; the schema of the caller's
   *   configuration checks that it does
   */
  server<P extends Ports>(
    kind: string,
  ): { readonly name: string; readonly address: string; readonly ports: P } {
    const { hostName = kind } = this.boxes.of(kind);
    return { name: nameInHomeNetwork(hostName), address: this.addressOf(kind), ports: this.portsOf<P>(kind) };
  }

  /** The DNS server of the home network; undefined if the lab has none, so that every node knows the names by itself. */
  get resolver(): { readonly ip: string; readonly port: number } | undefined {
    return this.topology.core.has(dnsKind) ? { ip: this.addressOf(dnsKind), port: dnsPort } : undefined;
  }

  /** Returns the ports that a kind of box serves, by name. */
  portsOf<P extends Ports>(kind: string): P {
    return this.boxes.of(kind).ports as P;
  }

  /** Returns the certificate of a box that has a host name. */
  certificateOf(kind: string): KeyPair {
    const found = this.secrets.certificates[kind];
    if (!found) throw new Error(`no certificate was made for ${kind}: its box has no hostName`);
    return found;
  }
}

/** The facts that a box may know of the node that it is configured for. */
export interface NodeFacts {
  readonly node: NodeSpec;
  /**
   * Returns the name of the node's interface that has this address. If the box is configured before its node exists, it
   * returns a placeholder that is replaced in the node's files.
   */
  interfaceOf(ip: string): string;
  /** The access network that the node is on, and its firewall; absent if the node stands once for the whole lab. */
  readonly access?: AccessFacts;
}

/** An access network as a box on it sees it. */
export class AccessFacts {
  constructor(
    readonly firewall: Firewall,
    private readonly topology: LabTopology,
  ) {}

  /** CIDR of the access network. */
  get subnet(): string {
    return this.plan.subnet;
  }

  /** Returns the node of this kind on the access network, if there is one. */
  node(kind: string): NodeSpec | undefined {
    return this.plan.nodes.get(kind);
  }

  /** Returns the address of the node of this kind on this access network. */
  addressOf(kind: string): string | undefined {
    const node = this.node(kind);
    return node && addressOf(node, this.plan.network);
  }

  private get plan(): NonNullable<ReturnType<LabTopology['access']['get']>> {
    const plan = this.topology.access.get(this.firewall.id);
    if (!plan) throw new Error(`no access network for firewall ${this.firewall.id}`);
    return plan;
  }
}

/** Returns the access network of a node that is behind a firewall. @throws Error if it is not behind one */
export function accessOf({ node, access }: NodeFacts): AccessFacts {
  if (!access) throw new Error(`${node.id} stands behind no firewall`);
  return access;
}

function nodeOfKind(nodes: ReadonlyMap<string, NodeSpec>, kind: string): NodeSpec {
  const node = nodes.get(kind);
  if (!node) throw new Error(`the lab has no ${kind}`);
  return node;
}
