import { authorityAt } from '../evidence/trace';
import type { RunResult } from '../judge/result';
import { firewallNode } from '../../nodes/firewall/firewall';
import { proxyKind } from '../../nodes/proxy/web-proxy';
import { namesOf, topologyFor } from '../../nodes/topology-for';
import type { Endpoint } from '../../nodes/ue/protocol';
import { ueNode } from '../../nodes/ue/ue-node';
import { partyKinds, type Party, type PartyKind } from './sequence';

/** The kinds of boxes whose lifeline has another name. */
const kindOf: Readonly<Record<string, PartyKind>> = { hss: 'core', 'ims-core': 'core', 'scc-as': 'core' };

/** Who has which address in a lab, as it follows from the run's plan and from what the result says of its boxes. */
export class Parties {
  private readonly byAddress = new Map<string, Party>();
  private readonly ofNetwork = new Map<string, NetworkParties>();
  private readonly names: Readonly<Record<string, string>>;

  constructor({ run }: Pick<RunResult, 'run'>) {
    const catalogue = run.plan.catalogue.firewalls.map((id) => ({ id }));
    const known = run.firewalls.filter(({ id }) => run.plan.catalogue.firewalls.includes(id));
    const topology = topologyFor(known, catalogue);
    this.names = namesOf(topology);
    for (const { place, addresses = {} } of run.boxes)
      for (const ip of Object.values(addresses)) this.byAddress.set(ip, partyOf(place, place));
    for (const { id, kind, interfaces } of topology.nodes)
      for (const { ip } of interfaces) this.byAddress.set(ip, partyOf(id, kind));
    for (const [firewall, { nodes }] of topology.access) {
      const at = (kind: string): Party | undefined => {
        const node = nodes.get(kind);
        return node && partyOf(node.id, kind);
      };
      const proxy = nodes.get(proxyKind)?.interfaces[0]?.ip;
      this.ofNetwork.set(firewall, {
        ue: at(ueNode.kind)!,
        firewall: at(firewallNode.kind)!,
        ...(proxy !== undefined && { proxy }),
      });
    }
  }

  /** Returns who has an address; of one that no node has, a party with the address as its id. */
  at(ip: string): Party {
    return this.byAddress.get(ip) ?? { id: ip, kind: 'other' };
  }

  /** Returns the parties of a firewall's access network; undefined for a firewall that the run does not have. */
  of(firewall: string): NetworkParties | undefined {
    return this.ofNetwork.get(firewall);
  }

  /** Returns the address and port that a CONNECT asks for, as far as its name is known. */
  target(authority: string): Endpoint | undefined {
    return authorityAt(authority, this.names);
  }

  /** Addresses of the names that a CONNECT may ask for. */
  get known(): Readonly<Record<string, string>> {
    return this.names;
  }
}

/** Who stands on an access network. */
export interface NetworkParties {
  readonly ue: Party;
  readonly firewall: Party;
  /** Address of the proxy, if there is one. */
  readonly proxy?: string;
}

function partyOf(id: string, kind: string): Party {
  const known = partyKinds.find((one) => one === kind);
  return { id, kind: known ?? kindOf[kind] ?? 'other' };
}

/** Orders lifelines from left to right: in the order of the kinds, then as they first came. */
export const fromLeftToRight = (parties: readonly Party[]): Party[] =>
  [...parties].sort((a, b) => partyKinds.indexOf(a.kind) - partyKinds.indexOf(b.kind));
