import type { Box } from './box';
import { dnsmasq } from './dns/dns';
import { firewallNode } from './firewall/firewall';
import { iptablesFirewall } from './firewall/iptables';
import { imsCore } from './ims-core/ims-core';
import { pcscf } from './pcscf/pcscf';
import { peer } from './peer/peer';
import { apache } from './proxy/apache';
import { mitmproxy } from './proxy/mitmproxy';
import { chromium } from './phones/chromium/chromium';
import { linphone } from './phones/linphone/linphone';
import { baresip } from './phones/baresip/baresip';
import { sipp } from './phones/sipp/sipp';
import { squid } from './proxy/squid';
import { tinyproxy } from './proxy/tinyproxy';
import { p1Stun } from './turn/p1-stun';
import { turn } from './turn/turn';
import { ueNode } from './ue/ue-node';

/** The places of a lab that somebody else's box can take; each is the kind of its boxes. */
export const places = ['ue', 'pcscf', 'ims-core', 'turn', 'proxy', 'firewall', 'peer', 'dns'] as const;
export type Place = (typeof places)[number];

/**
 * The boxes that a user can choose by name for each place. The first one of a place stands there if nothing is chosen;
 * a place without one stays empty. A new box needs its module and a line here.
 */
export const choices: Readonly<Record<Place, Readonly<Record<string, Box>>>> = {
  ue: { reference: ueNode, linphone, baresip, chromium, sipp },
  pcscf: { kamailio: pcscf },
  'ims-core': { kamailio: imsCore },
  turn: { coturn: turn, 'p1-stun': p1Stun },
  proxy: { squid, apache, mitmproxy, tinyproxy },
  firewall: { nftables: firewallNode, iptables: iptablesFirewall },
  peer: { reference: peer },
  dns: { dnsmasq },
};

/** The names by which a user can choose a box, each once. */
export const namesOfChoices: readonly string[] = [
  ...new Set(Object.values(choices).flatMap((of) => Object.keys(of))),
];

/** Returns the boxes of this name, whatever their places. */
export const choicesNamed = (name: string): Box[] =>
  Object.values(choices).flatMap((of) => (Object.hasOwn(of, name) ? [of[name]!] : []));
