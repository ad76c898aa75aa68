import { toNumber, toText, rangeOf } from '../../../kit/ipv4';
import type { NodeSpec, Topology } from '../../../topologies/topology';

/** A network for Docker to make. */
export interface NetworkPlan {
  readonly id: string;
  readonly subnet: string;
  /** The default route that Docker gives to containers; no address of the host. */
  readonly gateway: string;
}

/** A node's interface. */
export interface AttachmentPlan {
  readonly network: string;
  /** The address that Docker gives it. */
  readonly given: string;
  /**
   * The address that it must have. It differs only on a gateway, whose address Docker gives to no container.
   */
  readonly ip: string;
  /** Length of the subnet's prefix. */
  readonly prefix: number;
}

export interface NodePlan {
  readonly spec: NodeSpec;
  readonly attachments: readonly AttachmentPlan[];
  /** True if Docker's default route is the right one and no other is needed. */
  readonly isRouted: boolean;
}

/** A topology in Docker's terms. */
export interface WiringPlan {
  readonly networks: readonly NetworkPlan[];
  readonly nodes: readonly NodePlan[];
}

/**
 * Plans how Docker wires a topology.
 *
 * Docker gives every container a default route to its network's gateway, which is an address of the host unless
 * told otherwise, and it gives the gateway's address to no container. So if all default routes of a network
 * lead to one node, that node's address becomes the gateway. Its neighbours then need no help with their
 * routes, and the node itself replaces the address that Docker gave it by the gateway's. If a network has no
 * default routes, the gateway is an address that nobody has.
 *
 * @throws Error if the topology is not sound
 */
export function planWiring({ networks, nodes }: Topology): WiringPlan {
  const planned = networks.map(({ id, subnet }) => {
    const free = freeAddresses(
      subnet,
      nodes.flatMap(({ interfaces }) =>
        interfaces.filter(({ network }) => network === id).map(({ ip }) => ip),
      ),
    );
    const router = routerOf(id, nodes);
    return {
      id,
      subnet,
      prefix: Number(subnet.split('/')[1]),
      gateway: router ?? free.next().value!,
      substitute: router === undefined ? undefined : free.next().value!,
    };
  });
  return {
    networks: planned.map(({ id, subnet, gateway }) => ({ id, subnet, gateway })),
    nodes: nodes.map((spec) => {
      const attachments = spec.interfaces.map(({ network, ip }) => {
        const on = planned.find(({ id }) => id === network);
        if (!on) throw new Error(`${spec.id} is attached to ${network}, which does not exist`);
        return { network, ip, prefix: on.prefix, given: ip === on.gateway ? on.substitute! : ip };
      });
      const [only, ...others] = spec.interfaces;
      const [route, ...otherRoutes] = spec.routes;
      const gateway = planned.find(({ id }) => id === only?.network)?.gateway;
      const isRouted =
        others.length === 0 && otherRoutes.length === 0 && route?.to === 'default' && route.via === gateway;
      return { spec, attachments, isRouted };
    }),
  };
}

/**
 * Returns the shell commands that give a node its addresses and routes; none if Docker sets them already. They
 * need NET_ADMIN and iproute2. They find interfaces by address, because the engine promises no order, and can
 * be repeated.
 */
export function routeCommands({ spec, attachments, isRouted }: NodePlan): string[] {
  const readdressed = attachments.filter(({ given, ip }) => given !== ip);
  if (isRouted && readdressed.length === 0) return [];
  return [
    'ip route flush default',
    ...readdressed.flatMap(({ given, ip, prefix }) => [
      `device=$(ip -o -4 addr show to ${given} | awk '{print $2}')`,
      'ip addr flush dev "${device%%@*}"',
      `ip addr add ${ip}/${prefix} dev "\${device%%@*}"`,
    ]),
    ...spec.routes.map(({ to, via }) => `ip route replace ${to} via ${via}`),
  ];
}

/** Returns the address of the node to which all default routes of a network lead. */
function routerOf(network: string, nodes: readonly NodeSpec[]): string | undefined {
  const routers = nodes.filter(({ forwards }) => forwards).flatMap(({ interfaces }) => interfaces);
  const addresses = routers.filter((at) => at.network === network).map(({ ip }) => ip);
  const wanted = new Set(
    nodes
      .filter(({ interfaces }) => interfaces.some((at) => at.network === network))
      .flatMap(({ routes }) => routes.filter(({ to }) => to === 'default').map(({ via }) => via))
      .filter((via) => addresses.includes(via)),
  );
  return wanted.size === 1 ? [...wanted][0] : undefined;
}

/** Yields the addresses of a subnet that no node has, from the top. */
function* freeAddresses(subnet: string, taken: readonly string[]): Generator<string, undefined> {
  const { first, last } = rangeOf(subnet);
  const used = new Set(taken.map(toNumber));
  for (let address = last - 1; address > first; address--) if (!used.has(address)) yield toText(address);
  throw new Error(`${subnet} has no address left for Docker`);
}
