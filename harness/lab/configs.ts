import type { Catalogue, Firewall } from '../../firewalls/catalogue';
import { proxyPolicy } from '../../firewalls/proxy-policy';
import type { FirewallConfig } from '../../nodes/firewall/firewall';
import type { ImsCoreConfig } from '../../nodes/ims-core/ims-core';
import type { PcscfConfig } from '../../nodes/pcscf/config';
import type { ProxyConfig } from '../../nodes/proxy/proxy';
import type { TurnConfig } from '../../nodes/turn/turn';
import type { Subscriber, UeConfig } from '../../nodes/ue/protocol';
import { labTopology, type LabTopology } from '../../topologies/lab-topology';
import type { NodeKindName } from '../../topologies/topology';
import { homeDomain, serverNames, type RunSecrets } from './secrets';

/** Where servers listen (TS 33.203 Annexes O and W.3; RFC 8656; RFC 3261). */
export const ports = {
  sip: { udp: 5060, tls: 5061, https: 443 },
  turn: { udp: 3478, tcp: 3478, tls: 5349, http: 80, https: 443 },
  proxy: 3128,
  echo: 7000,
  imsCore: 5060,
} as const;

/** The home network's numbers begin so: country code 999, which is nobody's (ITU-T E.164), and the test PLMN. */
const numberPrefix = '+99900101';

/** The lab with an access network for each of these firewalls; addresses follow their places in the catalogue. */
export function topologyFor(firewalls: readonly Firewall[], catalogue: Catalogue): LabTopology {
  return labTopology(
    firewalls.map(({ id, knobs }) => ({
      firewall: id,
      index: catalogue.findIndex((entry) => entry.id === id),
      hasProxy: knobs.proxy !== 'none',
      napt: knobs.napt,
    })),
  );
}

/** Ports that a node of this kind serves, ascending. */
export function portsOf(kind: NodeKindName): number[] {
  const served: Partial<Record<NodeKindName, readonly number[]>> = {
    pcscf: Object.values(ports.sip),
    'ims-core': [ports.imsCore],
    turn: Object.values(ports.turn),
    proxy: [ports.proxy],
    peer: [ports.echo],
  };
  return [...new Set(served[kind] ?? [])].sort((a, b) => a - b);
}

/** Name to address, as every node's `/etc/hosts` has it. */
export function namesOf({ core }: LabTopology): Record<string, string> {
  return { [serverNames.pcscf]: core.pcscf, [serverNames.turn]: core.turn };
}

/** Seconds; well below the 120 s after which a firewall may forget an idle UDP binding (RFC 4787 REQ-5). */
const mostKeepAliveSeconds = 30;

/** An operator who knows the firewalls recommends four keep-alives within the shortest memory of one, so that some may be late. */
function keepAliveSecondsFor(firewalls: readonly Pick<Firewall, 'knobs'>[]): number {
  const memories = firewalls.map(({ knobs }) => (knobs.idle === 'none' ? Infinity : knobs.idle));
  return Math.max(1, Math.min(mostKeepAliveSeconds, Math.floor(Math.min(...memories) / 4)));
}

export function pcscfConfigOf(
  { core }: LabTopology,
  secrets: RunSecrets,
  firewalls: readonly Pick<Firewall, 'knobs'>[],
): PcscfConfig {
  return {
    keepAliveSeconds: keepAliveSecondsFor(firewalls),
    address: core.pcscf,
    coreAddress: core.pcscfCore,
    ports: ports.sip,
    imsCore: { address: core.imsCore, port: ports.imsCore },
    ...secrets.pcscf,
  };
}

export function imsCoreConfigOf(topology: LabTopology, secrets: RunSecrets): ImsCoreConfig {
  const { core } = topology;
  const subscribers = usersOf(topology).map((user, index) => ({
    ...subscriberOf(user, secrets),
    number: String(index + 1).padStart(5, '0'),
  }));
  return { address: core.imsCore, pcscf: core.pcscfCore, domain: homeDomain, numberPrefix, subscribers };
}

/** The IMPI of everybody who can register. */
export const subscribersOf = (topology: LabTopology): string[] => usersOf(topology).map(impiOf);

export function turnConfigOf({ core }: LabTopology, secrets: RunSecrets): TurnConfig {
  return {
    address: core.turn,
    realm: homeDomain,
    ...secrets.turnUser,
    ports: ports.turn,
    ...secrets.turn,
  };
}

/** How many subscribers there are behind each firewall: as many as can be tried there at the same time. */
const usersAtOnce = 3;

function usersBehind(firewall: string): string[] {
  return Array.from(
    { length: usersAtOnce },
    (_, index) => `ue-${firewall}${index === 0 ? '' : `.${index + 1}`}`,
  );
}

/** The subscribers behind this firewall; the UE is the first of them unless it is told otherwise. */
export function subscribersBehind(firewall: Firewall, secrets: RunSecrets): Subscriber[] {
  return usersBehind(firewall.id).map((user) => ({ domain: homeDomain, ...subscriberOf(user, secrets) }));
}

export function peerConfigOf(topology: LabTopology, secrets: RunSecrets): UeConfig {
  return { ...ueConfigOn(topology, secrets, 'peer', topology.core.peer), echoPort: ports.echo };
}

/** The UE behind this firewall. */
export function ueConfigOf(topology: LabTopology, secrets: RunSecrets, firewall: Firewall): UeConfig {
  const at = accessOf(topology, firewall);
  return {
    ...ueConfigOn(topology, secrets, `ue-${firewall.id}`, at.ue),
    ...(at.proxy
      ? {
          proxy: {
            address: at.proxy,
            port: ports.proxy,
            ...(authenticates(firewall) ? { credentials: secrets.proxyUserOfUe } : {}),
          },
        }
      : {}),
  };
}

const authenticates = ({ knobs }: Firewall): boolean => proxyPolicy(knobs)?.authentication === 'basic';

/** The web proxy behind this firewall, where it has one. */
export function proxyConfigOf(
  topology: LabTopology,
  secrets: RunSecrets,
  firewall: Firewall,
): ProxyConfig | undefined {
  const policy = proxyPolicy(firewall.knobs);
  const address = accessOf(topology, firewall).proxy;
  if (!policy || !address) return undefined;
  return {
    address,
    port: ports.proxy,
    connectPorts: [...policy.connectPorts],
    idleSeconds: policy.idleSeconds,
    ...(authenticates(firewall) ? { credentials: secrets.proxyUser } : {}),
    ...(policy.intercept && secrets.interception
      ? { interception: { ...secrets.interception, trustAnchor: secrets.trustAnchor } }
      : {}),
  };
}

/**
 * The firewall.
 *
 * @param interfaceOf the name of the firewall node's interface that has this address
 */
export function firewallConfigOf(
  topology: LabTopology,
  firewall: Firewall,
  interfaceOf: (ip: string) => string,
): FirewallConfig {
  const at = accessOf(topology, firewall);
  return {
    knobs: firewall.knobs,
    addresses: {
      inside: { interface: interfaceOf(at.firewallInside), ip: at.firewallInside, subnet: at.subnet },
      outside: { interface: interfaceOf(at.firewallOutside), ip: at.firewallOutside },
      ...(at.proxy ? { proxy: { ip: at.proxy } } : {}),
    },
  };
}

function accessOf(
  topology: LabTopology,
  firewall: Firewall,
): NonNullable<ReturnType<LabTopology['access']['get']>> {
  const at = topology.access.get(firewall.id);
  if (!at) throw new Error(`no access network for firewall ${firewall.id}`);
  return at;
}

const usersOf = ({ access }: LabTopology): string[] => [...[...access.keys()].flatMap(usersBehind), 'peer'];

const impiOf = (user: string): string => `${user}@${homeDomain}`;

function subscriberOf(user: string, secrets: RunSecrets): { impi: string; impu: string; password: string } {
  const impi = impiOf(user);
  return { impi, impu: `sip:${impi}`, password: secrets.passwordOf(impi) };
}

function ueConfigOn({ core }: LabTopology, secrets: RunSecrets, user: string, address: string): UeConfig {
  return {
    address,
    firstPort: 32768,
    pcscf: { name: serverNames.pcscf, address: core.pcscf, ports: ports.sip },
    turn: { name: serverNames.turn, address: core.turn, ports: ports.turn, ...secrets.turnUser },
    subscriber: { domain: homeDomain, ...subscriberOf(user, secrets) },
    peer: { ip: core.peer, port: ports.echo },
    peerIdentity: subscriberOf('peer', secrets).impu,
    trustAnchor: secrets.trustAnchor,
  };
}
