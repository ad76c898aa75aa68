import { accessNetwork, labTopology, type AccessSpec, type LabTopology } from './lab-topology';
import type { Placement } from './placement';
import { addressOf } from './topology';

/** The boxes of the lab of the CR, as far as their wiring matters. */
const placements: readonly Placement[] = [
  {
    kind: 'pcscf',
    interfaces: [
      { network: 'transit', host: 10 },
      { network: 'core', host: 10 },
    ],
  },
  { kind: 'ims-core', interfaces: [{ network: 'core', host: 20 }] },
  { kind: 'turn', interfaces: [{ network: 'transit', host: 30 }] },
  { kind: 'peer', interfaces: [{ network: 'transit', host: 40 }] },
  {
    kind: 'firewall',
    idPrefix: 'fw',
    interfaces: [
      { network: 'access', host: 1 },
      { network: 'transit', host: 266 },
    ],
    forwards: true,
  },
  { kind: 'ue', interfaces: [{ network: 'access', host: 2 }] },
  { kind: 'proxy', interfaces: [{ network: 'access', host: 3 }] },
];

const withoutProxy = ['firewall', 'ue'];
const withProxy = [...withoutProxy, 'proxy'];
const labOf = (accesses: readonly AccessSpec[]): LabTopology => labTopology(accesses, placements);

const spec = (firewall: string, index: number, more: Partial<AccessSpec> = {}): AccessSpec => ({
  firewall,
  index,
  kinds: withoutProxy,
  napt: true,
  ...more,
});
const node = (topology: LabTopology, id: string) => topology.nodes.find((one) => one.id === id)!;

/** As many access networks as a catalogue may have firewalls, of every kind. */
const many = Array.from({ length: 200 }, (_, index) =>
  spec(`f${index}`, index, { kinds: index % 2 === 0 ? withProxy : withoutProxy, napt: index % 3 === 0 }),
);

/** Returns an address as a number; `range` returns the first and last number of a CIDR. */
const value = (ip: string): number => ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
function range(cidr: string): { first: number; last: number } {
  const [base = '', length] = cidr.split('/');
  const size = 2 ** (32 - Number(length));
  expect(value(base) % size).toBe(0);
  return { first: value(base), last: value(base) + size - 1 };
}
const contains = (cidr: string, ip: string): boolean => {
  const { first, last } = range(cidr);
  return value(ip) > first && value(ip) < last;
};

it('wires the core once and each access network by its place in the catalogue', () => {
  const topology = labOf([spec('6', 6), spec('8', 8, { kinds: withProxy })]);
  expect(
    topology.nodes.map(({ id, kind, interfaces }) => [
      id,
      kind,
      ...interfaces.map(({ network, ip }) => `${network} ${ip}`),
    ]),
  ).toEqual([
    ['pcscf', 'pcscf', 'transit 198.19.0.10', 'core 198.18.0.10'],
    ['ims-core', 'ims-core', 'core 198.18.0.20'],
    ['turn', 'turn', 'transit 198.19.0.30'],
    ['peer', 'peer', 'transit 198.19.0.40'],
    ['fw-6', 'firewall', 'access-6 10.89.6.1', 'transit 198.19.1.16'],
    ['ue-6', 'ue', 'access-6 10.89.6.2'],
    ['fw-8', 'firewall', 'access-8 10.89.8.1', 'transit 198.19.1.18'],
    ['ue-8', 'ue', 'access-8 10.89.8.2'],
    ['proxy-8', 'proxy', 'access-8 10.89.8.3'],
  ]);
  const kinds = (nodes: ReadonlyMap<string, { readonly id: string }>): string[][] =>
    [...nodes].map(([kind, { id }]) => [kind, id]);
  expect(kinds(topology.core)).toEqual([
    ['pcscf', 'pcscf'],
    ['ims-core', 'ims-core'],
    ['turn', 'turn'],
    ['peer', 'peer'],
  ]);
  const access = topology.access.get('8')!;
  expect([access.network, access.subnet, kinds(access.nodes)]).toEqual([
    'access-8',
    '10.89.8.0/24',
    [
      ['firewall', 'fw-8'],
      ['ue', 'ue-8'],
      ['proxy', 'proxy-8'],
    ],
  ]);
  expect(topology.nodes.map(({ firewall }) => firewall)).toEqual([
    ...[undefined, undefined, undefined, undefined],
    ...['6', '6', '8', '8', '8'],
  ]);
});

it('only firewalls forward', () => {
  const { nodes } = labOf(many);
  expect(nodes.filter(({ kind, forwards }) => forwards !== (kind === 'firewall'))).toEqual([]);
});

it('the core knows the way back where addresses are not translated, and only there', () => {
  const topology = labOf([spec('0', 0, { napt: false }), spec('1', 1)]);
  const back = [{ to: '10.89.0.0/24', via: '198.19.1.10' }];
  for (const id of ['pcscf', 'turn', 'peer']) expect(node(topology, id).routes).toEqual(back);
  expect(node(topology, 'ims-core').routes).toEqual([]);
});

it('UE and proxy go out through their firewall', () => {
  const topology = labOf([spec('8', 8, { kinds: withProxy })]);
  const out = [{ to: 'default', via: '10.89.8.1' }];
  expect([node(topology, 'ue-8').routes, node(topology, 'proxy-8').routes]).toEqual([out, out]);
});

describe('200 firewalls', () => {
  const topology = labOf(many);

  it('have addresses and ids of their own', () => {
    const addresses = topology.nodes.flatMap(({ interfaces }) => interfaces.map(({ ip }) => ip));
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(new Set(topology.nodes.map(({ id }) => id)).size).toBe(topology.nodes.length);
    expect(new Set(topology.networks.map(({ id }) => id)).size).toBe(202);
  });

  it('have subnets that do not overlap', () => {
    const ranges = topology.networks.map(({ subnet }) => range(subnet)).sort((a, b) => a.first - b.first);
    for (const [index, { first }] of ranges.slice(1).entries())
      expect(first).toBeGreaterThan(ranges[index]!.last);
  });

  it('are attached by host addresses of the networks that they name', () => {
    const subnets = new Map(topology.networks.map(({ id, subnet }) => [id, subnet]));
    for (const { interfaces } of topology.nodes)
      for (const { network, ip } of interfaces) expect(contains(subnets.get(network)!, ip)).toBe(true);
  });

  it('have routes whose next hop is the firewall on a network of the node', () => {
    for (const { interfaces, routes } of topology.nodes) {
      for (const { via } of routes) {
        const hop = topology.nodes.find((other) => other.interfaces.some(({ ip }) => ip === via))!;
        const network = hop.interfaces.find(({ ip }) => ip === via)!.network;
        expect(hop.kind).toBe('firewall');
        expect(interfaces.map((one) => one.network)).toContain(network);
      }
    }
  });

  it('lie where they lie alone: an access network does not move with the choice of others', () => {
    for (const one of [many[0]!, many[57]!, many[199]!])
      expect(labOf([one]).access.get(one.firewall)).toEqual(topology.access.get(one.firewall));
  });
});

it('follows another address plan', () => {
  const { access, core, networks } = labTopology([spec('3', 3)], placements, {
    core: '172.16.0.0/24',
    transit: '172.17.0.0/16',
    access: (index) => `192.168.${index}.0/24`,
  });
  expect(networks).toEqual([
    { id: 'core', subnet: '172.16.0.0/24' },
    { id: 'transit', subnet: '172.17.0.0/16' },
    { id: accessNetwork('3'), subnet: '192.168.3.0/24' },
  ]);
  const { nodes } = access.get('3')!;
  expect([
    addressOf(core.get('pcscf')!),
    addressOf(core.get('ims-core')!),
    addressOf(nodes.get('ue')!),
    addressOf(nodes.get('firewall')!, 'transit'),
  ]).toEqual(['172.17.0.10', '172.16.0.20', '192.168.3.2', '172.17.1.13']);
});

it('a node has no address on a network that it is not on', () => {
  expect(() => addressOf(labOf([]).core.get('turn')!, 'core')).toThrow('turn is not on the network core');
});
