import { z } from 'zod';
import { queueRules } from '../../firewalls/inspection';
import { knobsSchema } from '../../firewalls/knobs';
import { nflogGroup, nftables } from '../../firewalls/nftables';
import { firewallAddresses, inspects } from '../../firewalls/rules';
import type { NodeKind } from '../node-kind';
import { dropLogCommand } from '../tcpdump';
import { inspectorCommand, listening } from './inspector/command';

/** What a firewall node is made from. */
export const firewallConfig = z
  .object({ knobs: knobsSchema, addresses: firewallAddresses })
  .refine(({ knobs, addresses }) => knobs.proxy === 'none' || addresses.proxy !== undefined, {
    path: ['addresses', 'proxy'],
    message: 'must name the web proxy that the knobs ask for',
  });
export type FirewallConfig = z.infer<typeof firewallConfig>;

const rulesetFile = 'ruleset.nft';
const queueFile = 'queue.iptables';

/**
 * A firewall: the kernel filters, and the command streams the packets that it denies to stdout, as a pcap of link type
 * NFLOG. Run {@link firewallSetup} before the command; where there is one, {@link inspectorOf} runs beside it.
 */
export const firewallNode: NodeKind<FirewallConfig> = {
  kind: 'firewall',
  config: firewallConfig,
  files: ({ knobs, addresses }) => ({
    [rulesetFile]: nftables(knobs, addresses),
    ...(inspects(knobs) ? { [queueFile]: queueRules } : {}),
  }),
  command: () => dropLogCommand(nflogGroup),
  ready: () => ({ kind: 'line', text: 'listening on' }),
};

/** Commands that are run one after the other to their end, in the node's folder, before the node's own command. */
export function firewallSetup({ knobs }: FirewallConfig, folder: string): string[][] {
  return [
    ['nft', '-f', `${folder}/${rulesetFile}`],
    ...(inspects(knobs) ? [['iptables-nft-restore', `${folder}/${queueFile}`]] : []),
  ];
}

/** A program that a firewall needs beside its own; without it, what it serves does not pass. */
export interface Companion {
  readonly argv: string[];
  /** What it writes to stdout when it serves. */
  readonly ready: string;
}

/** The inspector, where the knobs ask for one. */
export function inspectorOf({ knobs }: FirewallConfig): Companion | undefined {
  return inspects(knobs) ? { argv: inspectorCommand(), ready: listening } : undefined;
}
