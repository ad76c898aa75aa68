/** What is wired to what, as data. Every backend builds the same lab from it. */

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

export const nodeKinds = ['ue', 'firewall', 'proxy', 'pcscf', 'ims-core', 'turn', 'peer'] as const;
export type NodeKindName = (typeof nodeKinds)[number];

export interface RouteSpec {
  /** CIDR or `default`. */
  readonly to: string;
  readonly via: string;
}

export interface NodeSpec {
  /** `ue-6`, `fw-6`, `proxy-8`, `pcscf`... */
  readonly id: string;
  readonly kind: NodeKindName;
  readonly interfaces: readonly InterfaceSpec[];
  readonly routes: readonly RouteSpec[];
  /** Whether it forwards packets between its interfaces. */
  readonly forwards: boolean;
}

export interface Topology {
  readonly networks: readonly NetworkSpec[];
  readonly nodes: readonly NodeSpec[];
}
