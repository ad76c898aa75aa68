import { z } from 'zod';
import { dnsPort } from '../../firewalls/rules';
import { defineBox } from '../box';
import { homeDomain, nameInHomeNetwork } from '../home-network';
import type { LabFacts, Ports } from '../lab-facts';
import type { Program } from '../program';
import { dnsKind } from './kind';

const record = z.object({ name: z.string(), address: z.ipv4() });
const service = z.object({
  /** Such as `_sips._tcp` (RFC 2782). */
  service: z.string(),
  target: z.string(),
  port: z.int(),
});
const pointer = z.object({
  order: z.int(),
  /** Such as `SIPS+D2T` (RFC 3263 4.1). */
  service: z.string(),
  /** The name of the SRV record that it leads to. */
  to: z.string(),
});

/** The configuration of a DNS server of the home network. */
export const dnsConfig = z.object({
  address: z.ipv4(),
  domain: z.string(),
  addresses: z.array(record),
  services: z.array(service),
  pointers: z.array(pointer),
});
export type DnsConfig = z.infer<typeof dnsConfig>;

const ports = { dns: dnsPort };

const program: Program = {
  name: 'dnsmasq',
  debianPackage: 'dnsmasq-base',
  product: 'dnsmasq',
  version: { argv: ['dnsmasq', '--version'], pattern: /Dnsmasq version (\d[\w.-]*)/ },
};

/**
 * The DNS of the home network: dnsmasq with the addresses of its servers, and with the records by which a phone finds
 * the P-CSCF (RFC 3263) and the TURN server (RFC 5928). In a lab that has it, no node knows these names by itself.
 */
export const dnsmasq = defineBox({
  kind: dnsKind,
  name: 'dnsmasq',
  place: { interfaces: [{ network: 'transit', host: 53 }] },
  ports,
  config: dnsConfig,
  configure: (lab) => recordsOf(lab),
  files: (config) => ({ 'dnsmasq.conf': dnsmasqConf(config) }),
  command: (_config, folder) => ['dnsmasq', '--keep-in-foreground', `--conf-file=${folder}/dnsmasq.conf`],
  ready: () => ({ by: 'line', stream: 'stderr', text: 'started, version' }),
  answers: ({ domain }) => ({
    by: 'command',
    what: `the question for ${domain}`,
    argv: (withinMs) => ['timeout', `${withinMs / 1000}`, 'getent', 'ahostsv4', domain],
  }),
  logs: ['stdout', 'stderr'],
  programs: [program],
  image: {
    name: 'dns',
    title: 'nimsfw DNS server',
    description: 'dnsmasq with the records of the home network',
    user: 'own',
  },
});

function recordsOf(lab: LabFacts): DnsConfig {
  const addresses = [...lab.topology.core.keys()].flatMap((kind) => {
    const { hostName } = lab.boxes.of(kind);
    return hostName === undefined
      ? []
      : [{ name: nameInHomeNetwork(hostName), address: lab.addressOf(kind) }];
  });
  const [pcscf, turn] = [lab.server<Ports>('pcscf'), lab.server<Ports>('turn')];
  const serviceAt = (name: string, target: string, port: number | undefined) =>
    port === undefined ? [] : [{ service: name, target, port }];
  return {
    address: lab.addressOf(dnsKind),
    domain: homeDomain,
    // A phone without NAPTR and SRV asks for the address of the domain itself (RFC 3263 4.2).
    addresses: [...addresses, { name: homeDomain, address: pcscf.address }],
    services: [
      ...serviceAt('_sips._tcp', pcscf.name, pcscf.ports.tls),
      ...serviceAt('_sip._udp', pcscf.name, pcscf.ports.udp),
      ...serviceAt('_turn._udp', turn.name, turn.ports.udp),
      ...serviceAt('_turn._tcp', turn.name, turn.ports.tcp),
      ...serviceAt('_turns._tcp', turn.name, turn.ports.tls),
      ...serviceAt('_stun._udp', turn.name, turn.ports.udp),
    ],
    pointers: [
      { order: 10, service: 'SIPS+D2T', to: '_sips._tcp' },
      { order: 20, service: 'SIP+D2U', to: '_sip._udp' },
    ],
  };
}

function dnsmasqConf({ address, domain, addresses, services, pointers }: DnsConfig): string {
  return [
    `listen-address=${address}`,
    'bind-interfaces',
    // It knows the home network and asks nobody else.
    ...['no-resolv', 'no-hosts', `local=/${domain}/`],
    // It changes to no other user: it has no right that it could give up.
    ...['user=root', 'group=root', 'pid-file='],
    ...['log-facility=-', 'log-queries'],
    ...addresses.map(({ name, address: ip }) => `host-record=${name},${ip}`),
    ...services.map(({ service: name, target, port }) => `srv-host=${name}.${domain},${target},${port}`),
    ...pointers.map(
      ({ order, service: name, to }) => `naptr-record=${domain},${order},50,s,${name},,${to}.${domain}`,
    ),
    '',
  ].join('\n');
}
