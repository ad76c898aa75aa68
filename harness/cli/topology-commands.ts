import Table from 'cli-table3';
import { Option, type Command } from 'commander';
import { exportMininet } from 'mininet-ts-bridge';
import type { LabTopology } from '../../topologies/lab-topology';
import { toDot } from '../../topologies/to-dot';
import { topologyFor } from '../../nodes/topology-for';
import { toTopo } from '../lab/netns';
import { chooseFirewalls } from '../plan/choose-firewalls';
import { loadCatalogue } from './catalogue-option';

interface TopologyFlags {
  readonly firewall?: string;
  readonly catalogue?: string;
}

/** Adds `nimsfw topology`, which shows the wiring. */
export function addTopologyCommands(program: Command): void {
  const topology = program.command('topology').description('what is wired to what');

  topology
    .command('show')
    .description('list networks and nodes')
    .option('--firewall <ids>', 'for example 6,8; all of the catalogue by default')
    .option('--catalogue <file>', 'your own firewalls, as YAML (docs/firewalls.md)')
    .option('--json', 'as JSON')
    .action((flags: TopologyFlags & { json?: boolean }) => {
      const { networks, nodes } = topologyOf(flags);
      if (flags.json) return console.log(JSON.stringify({ networks, nodes }, null, 2));
      const table = new Table({ head: ['network', 'subnet', 'nodes'], style: { head: [], border: [] } });
      for (const { id, subnet } of networks) {
        const attached = nodes.flatMap((node) =>
          node.interfaces.filter(({ network }) => network === id).map(({ ip }) => `${node.id} ${ip}`),
        );
        table.push([id, subnet, attached.join('\n')]);
      }
      console.log(table.toString());
    });

  topology
    .command('export')
    .description('print the topology for another tool')
    .addOption(new Option('--format <name>').choices(['mininet', 'dot']).makeOptionMandatory())
    .option('--firewall <ids>', 'for example 6,8; all of the catalogue by default')
    .option('--catalogue <file>', 'your own firewalls, as YAML (docs/firewalls.md)')
    .action((flags: TopologyFlags & { format: 'mininet' | 'dot' }) => {
      const topology = topologyOf(flags);
      console.log(flags.format === 'dot' ? toDot(topology) : exportMininet(toTopo(topology)));
    });
}

function topologyOf(flags: TopologyFlags): LabTopology {
  const catalogue = loadCatalogue(flags.catalogue);
  return topologyFor(chooseFirewalls(catalogue, flags.firewall), catalogue);
}
