import { defaultAddresses, hostAddress, type AddressPlan } from './addresses';
import { standsBehindFirewalls, type Placement } from './placement';
import { addressOf, type NodeSpec, type Topology } from './topology';

/** One access network to be laid out: its firewall, and the boxes that stand behind it. */
export interface AccessSpec {
  /** The firewall's id in the catalogue: `0`..`9`, `closed`, a user's own. */
  readonly firewall: string;
  /** Its place in the catalogue, from 0: the K of the access network's addresses. */
  readonly index: number;
  /** The kinds of boxes that stand there. Kinds that the placements do not put behind firewalls are ignored. */
  readonly kinds: readonly string[];
  /** Says whether the firewall translates addresses. If it does not, the nodes on its other side need a route back. */
  readonly napt: boolean;
}

/** An access network of a topology. */
export interface AccessPlan {
  /** Id of the network. */
  readonly network: string;
  readonly subnet: string;
  /** The nodes on the network, by kind. */
  readonly nodes: ReadonlyMap<string, NodeSpec>;
}

/** The topology of the lab of the CR. */
export interface LabTopology extends Topology {
  /** The nodes that stand once in the lab, by kind. */
  readonly core: ReadonlyMap<string, NodeSpec>;
  /** The access networks, by the id of the firewall. */
  readonly access: ReadonlyMap<string, AccessPlan>;
}

/**
 * Lays out the whole lab: the core once, and for each firewall an access network of its own
 * on the shared transit segment.
 */
export function labTopology(
  accesses: readonly AccessSpec[],
  placements: readonly Placement[],
  addresses: AddressPlan = defaultAddresses,
): LabTopology {
  const byKind = (nodes: readonly NodeSpec[]): ReadonlyMap<string, NodeSpec> =>
    new Map(nodes.map((node) => [node.kind, node]));
  const access = new Map(
    accesses.map((spec) => {
      const plan = { network: accessNetwork(spec.firewall), subnet: addresses.access(spec.index) };
      return [spec.firewall, { ...plan, nodes: byKind(accessNodes(spec, placements, addresses)) }] as const;
    }),
  );
  const routesBack = accesses
    .filter((spec) => !spec.napt)
    .map((spec) => access.get(spec.firewall)!)
    .flatMap(({ subnet, nodes }) =>
      [...nodes.values()]
        .filter(({ forwards }) => forwards)
        .map((router) => ({ to: subnet, via: addressOf(router, 'transit') })),
    );
  const core = placements
    .filter((placement) => !standsBehindFirewalls(placement))
    .map(({ kind, interfaces, forwards = false }): NodeSpec => ({
      id: kind,
      kind,
      interfaces: interfaces.map(({ network, host }) => ({
        network,
        ip: hostAddress(network === 'core' ? addresses.core : addresses.transit, host),
      })),
      routes: interfaces.some(({ network }) => network === 'transit') ? routesBack : [],
      forwards,
    }));
  return {
    core: byKind(core),
    access,
    networks: [
      { id: 'core', subnet: addresses.core },
      { id: 'transit', subnet: addresses.transit },
      ...[...access.values()].map(({ network, subnet }) => ({ id: network, subnet })),
    ],
    nodes: [...core, ...[...access.values()].flatMap(({ nodes }) => [...nodes.values()])],
  };
}

/** Returns the id of the network behind a firewall. */
export const accessNetwork = (firewall: string): string => `access-${firewall}`;

function accessNodes(
  { firewall, index, kinds }: AccessSpec,
  placements: readonly Placement[],
  addresses: AddressPlan,
): NodeSpec[] {
  const network = accessNetwork(firewall);
  const nodes = placements
    .filter((placement) => standsBehindFirewalls(placement) && kinds.includes(placement.kind))
    .map(({ kind, idPrefix = kind, interfaces, forwards = false }) => ({
      id: `${idPrefix}-${firewall}`,
      kind,
      firewall,
      interfaces: interfaces.map(({ network: on, host }) =>
        on === 'access'
          ? { network, ip: hostAddress(addresses.access(index), host) }
          : { network: on, ip: hostAddress(addresses[on], host + index) },
      ),
      forwards,
    }));
  // Every node that does not forward sends by default to those that do.
  const routes = nodes
    .filter(({ forwards }) => forwards)
    .map(({ interfaces }) => ({ to: 'default', via: interfaces.find((at) => at.network === network)!.ip }));
  return nodes.map(({ forwards, ...node }) => ({ ...node, routes: forwards ? [] : routes, forwards }));
}
