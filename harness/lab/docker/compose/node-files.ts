import type { Catalogue } from '../../../../firewalls/catalogue';
import { firewallNode, firewallSetup, inspectorOf } from '../../../../nodes/firewall/firewall';
import { imsCore } from '../../../../nodes/ims-core/ims-core';
import type { NodeKind } from '../../../../nodes/node-kind';
import { pcscf } from '../../../../nodes/pcscf/pcscf';
import { peer } from '../../../../nodes/peer/peer';
import { proxy } from '../../../../nodes/proxy/proxy';
import { turn } from '../../../../nodes/turn/turn';
import { ueNode } from '../../../../nodes/ue/ue-node';
import type { LabTopology } from '../../../../topologies/lab-topology';
import * as configs from '../../configs';
import type { RunSecrets } from '../../secrets';
import { folderOf } from '../containers';
import { planWiring, type NodePlan } from '../wiring';
import {
  deniedLogFiles,
  idling,
  interfacePlaceholders,
  running,
  runningFirewall,
  runningProxy,
  withStart,
} from './start-script';

/** Name to content. */
export type Files = Readonly<Record<string, string>>;

/**
 * What each node of the whole lab is given: its configuration, as on every backend, and the script that starts it.
 *
 * @returns by node
 */
export function nodeFiles(catalogue: Catalogue, secrets: RunSecrets): ReadonlyMap<string, Files> {
  const topology = configs.topologyFor(catalogue, catalogue);
  const plans = new Map(planWiring(topology).nodes.map((plan) => [plan.spec.id, plan]));
  const given = new Map<string, Files>();
  const give = <C>(
    id: string,
    kind: NodeKind<C>,
    config: C,
    start: (argv: string[], plan: NodePlan) => readonly string[] = running,
    more: Files = {},
  ): void => {
    const plan = plans.get(id)!;
    const folder = folderOf(id);
    const parsed = kind.config.parse(config);
    const argv = kind.command(parsed, folder);
    given.set(id, withStart({ ...kind.files(parsed, folder), ...more }, start(argv, plan)));
  };

  give('pcscf', pcscf, configs.pcscfConfigOf(topology, secrets, catalogue));
  give('ims-core', imsCore, configs.imsCoreConfigOf(topology, secrets));
  give('turn', turn, configs.turnConfigOf(topology, secrets));
  give('peer', peer, configs.peerConfigOf(topology, secrets));
  for (const firewall of catalogue) {
    const { id } = firewall;
    give(`ue-${id}`, ueNode, configs.ueConfigOf(topology, secrets, firewall), () => idling);
    const web = configs.proxyConfigOf(topology, secrets, firewall);
    if (web) give(`proxy-${id}`, proxy, web, runningProxy);
    const at = insideAndOutside(topology, id);
    const config = configs.firewallConfigOf(topology, firewall, (ip) =>
      ip === at.inside ? interfacePlaceholders.inside : interfacePlaceholders.outside,
    );
    const start = (_argv: string[], plan: NodePlan): string[] =>
      runningFirewall(plan, at, firewallSetup(config, folderOf(`fw-${id}`)), inspectorOf(config));
    give(`fw-${id}`, firewallNode, config, start, deniedLogFiles());
  }
  return given;
}

function insideAndOutside(topology: LabTopology, firewall: string): { inside: string; outside: string } {
  const { firewallInside: inside, firewallOutside: outside } = topology.access.get(firewall)!;
  return { inside, outside };
}
