import Table from 'cli-table3';
import type { Command } from 'commander';
import { queueRules } from '../../firewalls/inspection';
import { knobMeanings } from '../../firewalls/knobs';
import { nftables } from '../../firewalls/nftables';
import { describeRules, inspects } from '../../firewalls/rules';
import { addressesAt } from '../../nodes/firewall/firewall';
import { AccessFacts } from '../../nodes/lab-facts';
import { topologyFor } from '../../nodes/topology-for';
import { chooseFirewalls } from '../plan/choose-firewalls';
import { loadCatalogue } from './catalogue-option';

/** Adds `nimsfw firewall`, which shows the catalogue. */
export function addFirewallCommands(program: Command): void {
  const firewall = program.command('firewall').description('look at the catalogue of firewall types');

  firewall
    .command('list')
    .description('list the firewalls of the catalogue')
    .option('--catalogue <file>', 'your own firewalls, as YAML (docs/firewalls.md)')
    .option('--json', 'as JSON')
    .action((flags: { catalogue?: string; json?: boolean }) => {
      const catalogue = loadCatalogue(flags.catalogue);
      if (flags.json) return console.log(JSON.stringify(catalogue, null, 2));
      const table = new Table({
        head: ['id', 'title', 'adds', 'how sure'],
        colWidths: [14, 22, 48, 34],
        wordWrap: true,
        style: { head: [], border: [] },
      });
      for (const { id, title, summary, confidence } of catalogue)
        table.push([id, title, summary, confidence]);
      console.log(table.toString());
      if (!flags.catalogue)
        console.log(
          'Types 1-9 are a reconstruction: TR 33.830 was never approved and its table is not available.',
        );
    });

  firewall
    .command('show')
    .description('show what one firewall does')
    .argument('<id>')
    .option('--nft', 'as the nftables ruleset that the lab loads')
    .option('--catalogue <file>', 'your own firewalls, as YAML (docs/firewalls.md)')
    .option('--json', 'as JSON')
    .action((id: string, flags: { nft?: boolean; catalogue?: string; json?: boolean }) => {
      const catalogue = loadCatalogue(flags.catalogue);
      const [chosen] = chooseFirewalls(catalogue, id);
      if (!chosen) return;
      const topology = topologyFor(catalogue, catalogue);
      const access = new AccessFacts(chosen, topology);
      const inside = access.addressOf('firewall');
      const { knobs } = chosen;
      const addresses = addressesAt({
        node: access.node('firewall')!,
        access,
        interfaceOf: (ip) => (ip === inside ? 'inside' : 'outside'),
      });
      if (flags.nft) {
        console.log(nftables(knobs, addresses));
        // These rules are a comment, because nft cannot read them but has to read the rest.
        if (inspects(knobs)) console.log(asComment(`loaded by iptables-nft-restore:\n${queueRules}`));
        return;
      }
      const rules = describeRules(knobs, addresses.proxy?.ip);
      if (flags.json) return console.log(JSON.stringify({ ...chosen, rules }, null, 2));
      console.log(`${chosen.id}  ${chosen.title}: ${chosen.summary}`);
      console.log(`source: ${chosen.source}\nhow sure: ${chosen.confidence}\n\nknobs`);
      for (const [knob, value] of Object.entries(knobs))
        console.log(
          `  ${knob.padEnd(18)} ${JSON.stringify(value).padEnd(24)} ${knobMeanings[knob as keyof typeof knobs]}`,
        );
      console.log(`\nrules, in the order in which a packet meets them; what none denies, passes`);
      for (const rule of rules)
        console.log(`  ${rule.id.padEnd(22)} ${rule.chain.padEnd(8)} ${rule.statement}`);
      if (rules.length === 0) console.log('  none');
    });
}

const asComment = (text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `# ${line}`)
    .join('\n');
