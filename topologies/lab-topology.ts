import { defaultAddresses, hostAddress, type AddressPlan } from './addresses';
import type { NetworkSpec, NodeSpec, Topology } from './topology';

/** One access network: a UE behind a firewall, beside a web proxy where the type has one. */
export interface AccessSpec {
  /** The firewall's id in the catalogue: `0`..`9`, `closed`, a user's own. */
  readonly firewall: string;
  /** Its place in the catalogue, from 0: the K of the access network's addresses. */
  readonly index: number;
  readonly hasProxy: boolean;
  /** Whether the firewall translates addresses; where it does not, the core needs a route back. */
  readonly napt: boolean;
}

/** Where the nodes of one access network are. */
export interface AccessAddresses {
  readonly subnet: string;
  readonly ue: string;
  readonly firewallInside: string;
  readonly firewallOutside: string;
  readonly proxy?: string;
}

/** Where the nodes of the core are. */
export interface CoreAddresses {
  /** P-CSCF on the transit segment: where UEs meet it. */
  readonly pcscf: string;
  /** P-CSCF on the core segment: where the IMS core meets it. */
  readonly pcscfCore: string;
  readonly imsCore: string;
  readonly turn: string;
  readonly peer: string;
}

/** A topology with the roles of its addresses. */
export interface LabTopology extends Topology {
  readonly core: CoreAddresses;
  readonly access: ReadonlyMap<string, AccessAddresses>;
}

/** The whole lab: the core once, and for each firewall an access network of its own on the shared transit segment. */
export function labTopology(
  accesses: readonly AccessSpec[],
  addresses: AddressPlan = defaultAddresses,
): LabTopology {
  const core: CoreAddresses = {
    pcscf: hostAddress(addresses.transit, 10),
    pcscfCore: hostAddress(addresses.core, 10),
    imsCore: hostAddress(addresses.core, 20),
    turn: hostAddress(addresses.transit, 30),
    peer: hostAddress(addresses.transit, 40),
  };
  const access = new Map(accesses.map((spec) => [spec.firewall, accessAddresses(spec, addresses)]));
  const routesBack = accesses
    .filter((spec) => !spec.napt)
    .map((spec) => access.get(spec.firewall)!)
    .map((at) => ({ to: at.subnet, via: at.firewallOutside }));
  const public_ = (id: 'turn' | 'peer', ip: string): NodeSpec => ({
    id,
    kind: id,
    interfaces: [{ network: 'transit', ip }],
    routes: routesBack,
    forwards: false,
  });
  return {
    core,
    access,
    networks: [
      { id: 'core', subnet: addresses.core },
      { id: 'transit', subnet: addresses.transit },
      ...accesses.map((spec): NetworkSpec => ({
        id: accessNetwork(spec.firewall),
        subnet: access.get(spec.firewall)!.subnet,
      })),
    ],
    nodes: [
      {
        id: 'pcscf',
        kind: 'pcscf',
        interfaces: [
          { network: 'transit', ip: core.pcscf },
          { network: 'core', ip: core.pcscfCore },
        ],
        routes: routesBack,
        forwards: false,
      },
      {
        id: 'ims-core',
        kind: 'ims-core',
        interfaces: [{ network: 'core', ip: core.imsCore }],
        routes: [],
        forwards: false,
      },
      public_('turn', core.turn),
      public_('peer', core.peer),
      ...accesses.flatMap((spec) => accessNodes(spec, access.get(spec.firewall)!)),
    ],
  };
}

/** Id of the network behind a firewall. */
export const accessNetwork = (firewall: string): string => `access-${firewall}`;

function accessAddresses(spec: AccessSpec, addresses: AddressPlan): AccessAddresses {
  const subnet = addresses.access(spec.index);
  return {
    subnet,
    firewallInside: hostAddress(subnet, 1),
    ue: hostAddress(subnet, 2),
    firewallOutside: hostAddress(addresses.transit, 256 + 10 + spec.index),
    ...(spec.hasProxy ? { proxy: hostAddress(subnet, 3) } : {}),
  };
}

function accessNodes(spec: AccessSpec, at: AccessAddresses): NodeSpec[] {
  const network = accessNetwork(spec.firewall);
  const behind = [{ to: 'default', via: at.firewallInside }];
  return [
    {
      id: `fw-${spec.firewall}`,
      kind: 'firewall',
      interfaces: [
        { network, ip: at.firewallInside },
        { network: 'transit', ip: at.firewallOutside },
      ],
      routes: [],
      forwards: true,
    },
    {
      id: `ue-${spec.firewall}`,
      kind: 'ue',
      interfaces: [{ network, ip: at.ue }],
      routes: behind,
      forwards: false,
    },
    ...(at.proxy
      ? [
          {
            id: `proxy-${spec.firewall}`,
            kind: 'proxy' as const,
            interfaces: [{ network, ip: at.proxy }],
            routes: behind,
            forwards: false,
          },
        ]
      : []),
  ];
}
