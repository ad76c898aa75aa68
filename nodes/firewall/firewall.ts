import { z } from 'zod';
import { knobsSchema } from '../../firewalls/knobs';
import { nflogGroup, nftables } from '../../firewalls/nftables';
import { firewallAddresses } from '../../firewalls/rules';
import type { NodeKind } from '../node-kind';
import { dropLogCommand } from '../tcpdump';

/** What a firewall node is made from. */
export const firewallConfig = z
  .object({ knobs: knobsSchema, addresses: firewallAddresses })
  .refine(({ knobs, addresses }) => knobs.proxy === 'none' || addresses.proxy !== undefined, {
    path: ['addresses', 'proxy'],
    message: 'must name the web proxy that the knobs ask for',
  });
export type FirewallConfig = z.infer<typeof firewallConfig>;

const rulesetFile = 'ruleset.nft';

/**
 * A firewall: the kernel filters, and the command streams the packets that it denies to stdout, as a pcap of link type
 * NFLOG. Run {@link firewallSetup} before the command.
 */
export const firewallNode: NodeKind<FirewallConfig> = {
  kind: 'firewall',
  config: firewallConfig,
  files: ({ knobs, addresses }) => ({ [rulesetFile]: nftables(knobs, addresses) }),
  command: () => dropLogCommand(nflogGroup),
  ready: () => ({ kind: 'line', text: 'listening on' }),
};

/** Commands that are run one after the other to their end, in the node's folder, before the node's own command. */
export function firewallSetup(config: FirewallConfig, folder: string): string[][] {
  void config;
  return [['nft', '-f', `${folder}/${rulesetFile}`]];
}
