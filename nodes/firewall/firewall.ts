import { z } from 'zod';
import { inspectionQueue, queueRules } from '../../firewalls/inspection';
import { knobsSchema } from '../../firewalls/knobs';
import { nflogGroup, nftables } from '../../firewalls/nftables';
import { firewallAddresses, inspects, type FirewallAddresses } from '../../firewalls/rules';
import { defineBox, type Box, type Companion } from '../box';
import { accessOf, type NodeFacts } from '../lab-facts';
import { perl } from '../perl';
import type { Program } from '../program';
import { dropLogCommand, tcpdumpProgram } from '../tcpdump';
import { addressOf } from '../../topologies/topology';
import { deniedLogCommand, ulogdConf, ulogdFile } from './denied-log';
import { forgetBindings } from './forget-bindings';
import { inspectorCommand, listening } from './inspector/command';
import { firewallTrials } from './trials';

/** The configuration of a firewall node. */
export const firewallConfig = z
  .object({ knobs: knobsSchema, addresses: firewallAddresses })
  .refine(({ knobs, addresses }) => knobs.proxy === 'none' || addresses.proxy !== undefined, {
    path: ['addresses', 'proxy'],
    message: 'must name the web proxy that the knobs ask for',
  });
export type FirewallConfig = z.infer<typeof firewallConfig>;

const rulesetFile = 'ruleset.nft';
const queueFile = 'queue.iptables';

const nft: Program = {
  name: 'nft',
  debianPackage: 'nftables',
  product: 'nftables',
  version: { argv: ['nft', '--version'], pattern: /nftables v(\d[\w.-]*)/ },
};

export const iptablesProgram: Program = {
  name: 'iptables-nft',
  debianPackage: 'iptables',
  product: 'iptables',
  version: { argv: ['iptables-nft', '--version'], pattern: /iptables v(\d[\w.-]*)/ },
};

/** The kind of a firewall's box, which is its place. */
export const firewallKind = 'firewall';

type FirewallBox = Box<FirewallConfig, typeof firewallKind, Record<never, number>>;

/** What one firewall has of its own; all else follows from its place and from how it tells what it denies. */
type OwnPart = Pick<FirewallBox, 'files' | 'setUp' | 'reload' | 'lacks' | 'trials'> & {
  readonly name: string;
  readonly programs: readonly Program[];
};

/**
 * Makes a box of a firewall of Linux. The kernel filters; the command streams the packets that it denies to stdout, as
 * a pcap of link type NFLOG. If the knobs ask for it, the inspector runs beside that.
 */
export const linuxFirewall = ({ programs, ...own }: OwnPart): FirewallBox =>
  defineBox<FirewallConfig, typeof firewallKind, Record<never, number>>({
    kind: firewallKind,
    place: {
      idPrefix: 'fw',
      interfaces: [
        { network: 'access', host: 1 },
        // The first number is above those of the core's boxes on the same network.
        { network: 'transit', host: 256 + 10 },
      ],
      forwards: true,
    },
    ports: {},
    config: firewallConfig,
    configure: ({ resolver }, facts) => ({
      knobs: accessOf(facts).firewall.knobs,
      addresses: { ...addressesAt(facts), ...(resolver ? { resolver: { ip: resolver.ip } } : {}) },
    }),
    command: () => dropLogCommand(nflogGroup),
    companions: ({ knobs }) => (inspects(knobs) ? [inspector] : []),
    ready: () => ({ by: 'line', stream: 'stderr', text: 'listening on' }),
    // The kernel does the filtering, so there is no program to ask.
    answers: () => undefined,
    logs: ['stderr'],
    capabilities: [
      // It sets rules, addresses and routes.
      'NET_ADMIN',
      // tcpdump opens a packet socket.
      'NET_RAW',
      // tcpdump insists on setting its groups, even to those it has (-Z root).
      'SETGID',
    ],
    programs: [...programs, perl, tcpdumpProgram],
    image: {
      name: 'firewall',
      title: 'nimsfw firewall',
      description: 'nftables, the inspector of type 9, and tcpdump and ulogd for what is denied',
      user: { rootBecause: 'Docker gives added capabilities to root only' },
      packages: ['ulogd2'],
      // The program ipsec runs beside UEs and the P-CSCF in containers of this image, which alone has rights on networks.
      own: ['inspector', 'ipsec'],
    },
    alone: {
      command: (_config, folder) => deniedLogCommand(folder),
      files: { [ulogdFile]: ulogdConf(nflogGroup) },
    },
    ...own,
  });

/** The firewall of the lab, by nftables. */
export const firewallNode = linuxFirewall({
  name: 'nftables',
  files: ({ knobs, addresses }) => ({
    [rulesetFile]: nftables(knobs, addresses),
    ...(inspects(knobs) ? { [queueFile]: queueRules } : {}),
  }),
  setUp: loadRules,
  // What the kernel follows already keeps the idle time-out that it has, and ESP in UDP has one binding for all attempts.
  reload: (config, folder) => [...loadRules(config, folder), [...forgetBindings]],
  programs: [nft, { ...iptablesProgram, neededFor: inspects }],
  trials: firewallTrials,
});

/** Returns the interfaces and addresses of the firewall at a node. */
export function addressesAt(facts: NodeFacts): FirewallAddresses {
  const access = accessOf(facts);
  const inside = access.addressOf('firewall')!;
  const outside = addressOf(facts.node, 'transit');
  const proxy = access.addressOf('proxy');
  return {
    inside: { interface: facts.interfaceOf(inside), ip: inside, subnet: access.subnet },
    outside: { interface: facts.interfaceOf(outside), ip: outside },
    ...(proxy === undefined ? {} : { proxy: { ip: proxy } }),
  };
}

/** Returns the commands that load the rules of the node's files in place of the loaded ones. */
function loadRules({ knobs }: FirewallConfig, folder: string): string[][] {
  return [
    ['nft', '-f', `${folder}/${rulesetFile}`],
    ...(inspects(knobs) ? [['iptables-nft-restore', `${folder}/${queueFile}`]] : []),
  ];
}

/** How often the inspector's queue must be found with waiting packets before the inspector counts as hanging. */
const looks = 15;

/**
 * A script that succeeds as soon as no packet waits in queue "$1"; it looks "$2" times, every "$3" seconds. The
 * fields of a queue are its number, the port id of its listener and the number of waiting packets.
 */
const lookScript = `for look in $(seq "$2"); do
  awk -v queue="$1" '$1 == queue && $3 > 0 { exit 1 }' /proc/self/net/netfilter/nfnetlink_queue && exit 0
  sleep "$3"
done
exit 1`;

const inspector: Companion = {
  name: 'inspector',
  argv: inspectorCommand(),
  ready: { by: 'line', stream: 'stdout', text: listening },
  answers: {
    by: 'command',
    what: 'the kernel',
    argv: (withinMs) => [
      ...['sh', '-c', lookScript, 'look'],
      ...[inspectionQueue, looks, withinMs / looks / 1000].map(String),
    ],
  },
};
