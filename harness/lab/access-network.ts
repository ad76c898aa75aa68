import type { Firewall } from '../../firewalls/catalogue';
import type { Knobs } from '../../firewalls/knobs';
import { firewallNode } from '../../nodes/firewall/firewall';
import type { LabFacts } from '../../nodes/lab-facts';
import { proxyKind } from '../../nodes/proxy/web-proxy';
import { anchoredAt, subscribersAt } from '../../nodes/subscribers';
import type { Subscriber } from '../../nodes/ue/protocol';
import type { UeDriver } from '../../nodes/ue/ue-driver';
import { ueNode } from '../../nodes/ue/ue-node';
import type { AccessPlan, LabTopology } from '../../topologies/lab-topology';
import { addressOf } from '../../topologies/topology';
import type { NodeProcess, StartedNode } from './backend';
import { startGroup } from './box-group';
import type { BoxRunner, FollowedLog, RunningBox } from './box-runner';
import { LabError } from './lab-error';

/** The addresses of the nodes of one access network. */
export interface AccessAddresses {
  /** CIDR. */
  readonly subnet: string;
  readonly ue: string;
  readonly firewallInside: string;
  readonly firewallOutside: string;
  readonly proxy?: string;
}

/** Ids of the nodes of one access network. */
export interface AccessNodes {
  readonly ue: string;
  readonly firewall: string;
  readonly proxy?: string;
  /** Ids of all its nodes. */
  readonly all: readonly string[];
}

/** Returns the node ids of a firewall's access network. */
export function accessNodes(topology: LabTopology, firewall: string): AccessNodes {
  const { nodes } = planOf(topology, firewall);
  const web = nodes.get(proxyKind);
  return {
    ue: nodes.get(ueNode.kind)!.id,
    firewall: nodes.get(firewallNode.kind)!.id,
    ...(web ? { proxy: web.id } : {}),
    all: [...nodes.values()].map(({ id }) => id),
  };
}

/** Returns the addresses of a firewall's access network. */
export function accessAddresses(topology: LabTopology, firewall: string): AccessAddresses {
  const { network, subnet, nodes } = planOf(topology, firewall);
  const filter = nodes.get(firewallNode.kind)!;
  const web = nodes.get(proxyKind);
  return {
    subnet,
    ue: addressOf(nodes.get(ueNode.kind)!, network),
    firewallInside: addressOf(filter, network),
    firewallOutside: addressOf(filter, 'transit'),
    ...(web ? { proxy: addressOf(web, network) } : {}),
  };
}

/** The name of the table in which a firewall drops everything while its network is gone. */
const gone = 'gone';

/** The access network of one firewall, ready for attempts: a UE, the firewall, and what else stands behind it. */
export class AccessNetwork {
  readonly nodes: AccessNodes;
  readonly at: AccessAddresses;
  /** The subscribers as whom the UE can register; the first is its own. */
  readonly subscribers: readonly Subscriber[];
  /** The subscriber of the UE whose sessions are anchored at the SCC AS, so that they can be moved. */
  readonly anchored: Subscriber;
  /** The node of the firewall. */
  readonly firewallNode: StartedNode;
  /** The program that prints the denied packets as pcap. */
  readonly drops: NodeProcess;
  /** The proxy's log; undefined without a proxy, and for one without a log of its own. */
  readonly proxyLog?: FollowedLog;

  private constructor(
    readonly firewall: Firewall,
    { topology, secrets }: LabFacts,
    readonly ue: UeDriver,
    private readonly boxes: readonly RunningBox[],
  ) {
    this.nodes = accessNodes(topology, firewall.id);
    this.at = accessAddresses(topology, firewall.id);
    this.subscribers = subscribersAt(this.nodes.ue, secrets);
    this.anchored = anchoredAt(this.nodes.ue, secrets);
    const filter = this.box(firewallNode.kind)!;
    this.firewallNode = filter.node;
    this.drops = filter.process;
    const log = this.box(proxyKind)?.followLog();
    if (log) this.proxyLog = log;
  }

  /**
   * Starts all nodes of a firewall's access network; resolves when they are ready.
   * @throws LabError the error of a node that cannot start
   */
  static async start(runner: BoxRunner, facts: LabFacts, firewall: Firewall): Promise<AccessNetwork> {
    const { nodes } = planOf(facts.topology, firewall.id);
    const group = startGroup(runner, [...nodes.values()], nodes.get(ueNode.kind)!, firewall);
    const [ue, boxes] = await Promise.all([group.ue, Promise.all(group.started)]);
    await Promise.all(boxes.map(({ ready }) => ready));
    return new AccessNetwork(firewall, facts, ue, boxes);
  }

  /**
   * Makes the firewall, and the boxes that are configured by its knobs, forget idle connections after so many
   * seconds, or not at all.
   */
  async setIdle(idle: Knobs['idle']): Promise<void> {
    const changed = { ...this.firewall, knobs: { ...this.firewall.knobs, idle } };
    await Promise.all(this.boxes.map((box) => box.reconfigure(changed)));
  }

  /**
   * Takes the network away: nothing gets past its firewall any more, in or out. No rule of the firewall has dropped it,
   * so none is told of.
   * @returns what brings the network back; it may be called twice
   * @throws LabError if the firewall's node does not do it
   */
  async cutOff(): Promise<() => Promise<void>> {
    await this.nft(`add table inet ${gone}
add chain inet ${gone} everything { type filter hook prerouting priority -400; policy accept; }
add rule inet ${gone} everything iifname != "lo" drop`);
    let back: Promise<void> | undefined;
    return () => (back ??= this.nft(`delete table inet ${gone}`));
  }

  private async nft(commands: string): Promise<void> {
    const { exitCode, stderr } = await this.firewallNode.exec(['nft', '-f', '-'], { input: commands });
    if (exitCode === 0) return;
    const { id: node } = this.firewallNode;
    const why = `${node} does not cut its network off: ${stderr.trim().split('\n')[0]}`;
    throw new LabError('NODE_SETUP_FAILED', `${why}; run nimsfw doctor`, { node });
  }

  private box(kind: string): RunningBox | undefined {
    return this.boxes.find((box) => box.kind === kind);
  }
}

function planOf({ access }: LabTopology, firewall: string): AccessPlan {
  const plan = access.get(firewall);
  if (!plan) throw new Error(`no access network for firewall ${firewall}`);
  return plan;
}
