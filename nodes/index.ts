import { Boxes } from './box';
import { firewallNode } from './firewall/firewall';
import { hss } from './hss/hss';
import { imsCore } from './ims-core/ims-core';
import { pcscf } from './pcscf/pcscf';
import { peer } from './peer/peer';
import { squid } from './proxy/squid';
import { sccAs } from './scc-as/scc-as';
import { turn } from './turn/turn';
import { ueNode } from './ue/ue-node';

/** The registry of boxes. Every lab has all of them, in this order. A new box needs its module and a line here. */
export const builtInBoxes = new Boxes([pcscf, hss, imsCore, sccAs, turn, peer, firewallNode, ueNode, squid]);
