/** The wiring of a lab, as data. Every backend builds the same lab from it. */

/** A broadcast domain. */
export interface NetworkSpec {
  readonly id: string;
  /** CIDR, e.g. `198.19.0.0/16`. */
  readonly subnet: string;
}

/** A node's attachment to a network. */
export interface InterfaceSpec {
  readonly network: string;
  /** IPv4 address inside the network's subnet. */
  readonly ip: string;
}

export interface RouteSpec {
  /** CIDR or `default`. */
  readonly to: string;
  readonly via: string;
}

export interface NodeSpec {
  /** `ue-6`, `fw-6`, `proxy-8`, `pcscf`... It only names a node; no code reads parts of it. */
  readonly id: string;
  /** The kind of box that stands there; the registry of boxes (`nodes/index.ts`) finds the box by it. */
  readonly kind: string;
  /** Id of the firewall on whose access network the node is; absent if it stands once for the whole lab. */
  readonly firewall?: string;
  readonly interfaces: readonly InterfaceSpec[];
  readonly routes: readonly RouteSpec[];
  /** Says whether it forwards packets between its interfaces. */
  readonly forwards: boolean;
}

export interface Topology {
  readonly networks: readonly NetworkSpec[];
  readonly nodes: readonly NodeSpec[];
}

/**
 * Returns a node's address on a network, by default on its first.
 * @throws Error if the node is not on that network
 */
export function addressOf({ id, interfaces }: NodeSpec, network = interfaces[0]?.network): string {
  const found = interfaces.find((at) => at.network === network);
  if (!found) throw new Error(`${id} is not on the network ${network}`);
  return found.ip;
}
