import {
  ipv4ToNumber,
  isInSubnetOf,
  isSubnet,
  parseInterfaceAddress,
  type InterfaceAddress,
} from './address';
import { BridgeError } from './errors';
import {
  checkInterfaceName,
  type HostSpec,
  type LinkEnd,
  type LinkOptions,
  type Route,
  type Topo,
} from './topo';

/** An interface with everything decided. */
export interface WiredInterface {
  readonly node: string;
  readonly kind: 'host' | 'switch';
  readonly name: string;
  readonly address?: InterfaceAddress;
  /** Index of its link in the topology's `links`. */
  readonly link: number;
}

export interface WiredLink extends LinkOptions {
  readonly ends: readonly [WiredInterface, WiredInterface];
}

export interface WiredHost {
  readonly name: string;
  readonly forwards: boolean;
  readonly routes: readonly Route[];
  /** In the order of the links. */
  readonly interfaces: readonly WiredInterface[];
}

/** A topology that is known to be buildable: every name chosen, every address read, every rule checked. */
export interface Wiring {
  readonly hosts: readonly WiredHost[];
  readonly switches: readonly string[];
  readonly links: readonly WiredLink[];
}

/**
 * Decides what the topology leaves open (interface names, which link has the host's address) and checks what
 * concerns several nodes at once.
 * @throws BridgeError with the first mistake found: `NAME_NOT_USABLE`, `DUPLICATE_NAME`, `ADDRESS_NOT_USABLE`,
 * `DUPLICATE_ADDRESS`, `ROUTE_NOT_USABLE`, `SWITCH_LOOP`
 */
export function wire(topo: Topo): Wiring {
  const hosts = new Map<string, HostSpec>(topo.hosts.map((host) => [host.name, host]));
  const switches = topo.switches.map(({ name }) => name);
  const interfacesOf = new Map<string, WiredInterface[]>();

  const attach = (end: LinkEnd, link: number): WiredInterface => {
    const host = hosts.get(end.node);
    const existing = interfacesOf.get(end.node) ?? [];
    const name = end.interfaceName ?? `${end.node}-eth${existing.length + (host ? 0 : 1)}`;
    const owner = `interface of ${end.node}`;
    checkInterfaceName(name, owner);
    if (!host && end.ip !== undefined) {
      throw new BridgeError(
        'ADDRESS_NOT_USABLE',
        `${owner}: a switch port has no address; give ${end.ip} to a host`,
      );
    }
    const ip = end.ip ?? (existing.length === 0 ? host?.ip : undefined);
    const wired: WiredInterface = {
      node: end.node,
      kind: host ? 'host' : 'switch',
      name,
      ...(ip === undefined ? {} : { address: parseInterfaceAddress(ip, owner) }),
      link,
    };
    interfacesOf.set(end.node, [...existing, wired]);
    return wired;
  };

  const links = topo.links.map(({ ends, ...options }, index): WiredLink => ({
    ...options,
    ends: [attach(ends[0], index), attach(ends[1], index)],
  }));
  const wiring: Wiring = {
    hosts: topo.hosts.map((host) => ({
      name: host.name,
      forwards: host.forwards ?? false,
      routes: host.routes ?? [],
      interfaces: interfacesOf.get(host.name) ?? [],
    })),
    switches,
    links,
  };

  checkInterfaceNames(wiring, interfacesOf);
  checkSegments(wiring);
  for (const host of wiring.hosts) {
    checkUnusedAddress(host, hosts.get(host.name)?.ip);
    checkRoutes(host);
  }
  return wiring;
}

/** Interfaces of one host share a namespace, and so do all switches with all their ports. */
function checkInterfaceNames(
  wiring: Wiring,
  interfacesOf: ReadonlyMap<string, readonly WiredInterface[]>,
): void {
  const check = (names: readonly string[], where: string): void => {
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice === undefined) return;
    throw new BridgeError(
      'DUPLICATE_NAME',
      `interface name "${twice}" is used twice ${where}; set another interfaceName`,
    );
  };
  for (const host of wiring.hosts)
    check(
      host.interfaces.map(({ name }) => name),
      `in host ${host.name}`,
    );
  const ports = wiring.switches.flatMap((name) => (interfacesOf.get(name) ?? []).map((port) => port.name));
  check([...wiring.switches, ...ports], 'among the switches and their ports, which share one namespace');
}

/**
 * A segment is what a broadcast reaches: switches joined by links, or a link between two hosts. The same address
 * may stand in two segments (two home networks), not twice in one, nor twice in a host.
 */
function checkSegments(wiring: Wiring): void {
  const parent = new Map<string, string>();
  const find = (key: string): string => {
    const above = parent.get(key) ?? key;
    return above === key ? key : find(above);
  };
  for (const { ends } of wiring.links) {
    if (ends.some(({ kind }) => kind === 'host')) continue;
    const [a, b] = [find(ends[0].node), find(ends[1].node)];
    if (a === b) {
      throw new BridgeError(
        'SWITCH_LOOP',
        `link ${ends[0].node} - ${ends[1].node} closes a loop of switches, and they speak no spanning tree; remove one link of it`,
      );
    }
    parent.set(a, b);
  }

  const owners = new Map<string, WiredInterface>();
  const claim = (scope: string, end: WiredInterface): void => {
    if (!end.address) return;
    const key = `${scope} ${end.address.ip}`;
    const other = owners.get(key);
    if (other && other !== end) {
      throw new BridgeError(
        'DUPLICATE_ADDRESS',
        `${end.address.ip} is given to ${other.name} of ${other.node} and to ${end.name} of ${end.node}, which would clash; change one`,
      );
    }
    owners.set(key, end);
  };
  wiring.links.forEach(({ ends }, index) => {
    const port = ends.find(({ kind }) => kind === 'switch');
    const segment = port ? `switch ${find(port.node)}` : `link ${index}`;
    for (const end of ends) {
      claim(segment, end);
      claim(`host ${end.node}`, end);
    }
  });
}

/** A host's own `ip` that no link carries would silently be lost. */
function checkUnusedAddress(host: WiredHost, ip: string | undefined): void {
  if (ip === undefined || host.interfaces[0]?.address?.ip === ip.split('/')[0]) return;
  const why = host.interfaces.length === 0 ? 'it has no link' : 'the first link has an address of its own';
  throw new BridgeError(
    'ADDRESS_NOT_USABLE',
    `host ${host.name}: its address ${ip} is used nowhere, for ${why}`,
  );
}

function checkRoutes(host: WiredHost): void {
  for (const { to, via } of host.routes) {
    const label = `host ${host.name}: route to ${to} via ${via}`;
    if (to !== 'default' && !isSubnet(to)) {
      throw new BridgeError(
        'ROUTE_NOT_USABLE',
        `${label}: "${to}" is no subnet; write it like 10.1.0.0/16, or default`,
      );
    }
    const hop = ipv4ToNumber(via);
    if (hop === undefined) {
      throw new BridgeError('ROUTE_NOT_USABLE', `${label}: "${via}" is no IPv4 address`);
    }
    if (!host.interfaces.some(({ address }) => address && isInSubnetOf(hop, address))) {
      throw new BridgeError(
        'ROUTE_NOT_USABLE',
        `${label}: no interface of the host is in a subnet with ${via}`,
      );
    }
  }
}
