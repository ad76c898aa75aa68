import fc from 'fast-check';
import { rangeOf, toNumber } from '../../../kit/ipv4';
import { builtInBoxes } from '../../../nodes';
import { labTopology, type AccessSpec, type LabTopology } from '../../../topologies/lab-topology';
import type { NodeSpec, Topology } from '../../../topologies/topology';
import { planWiring, routeCommands, type NodePlan } from './wiring';

interface Access {
  readonly hasProxy?: boolean;
  readonly napt?: boolean;
}

const access = (firewall: string, index: number, more: Access = {}): AccessSpec => ({
  firewall,
  index,
  kinds: ['firewall', 'ue', ...(more.hasProxy ? ['proxy'] : [])],
  napt: more.napt ?? true,
});

const labOf = (...accesses: readonly AccessSpec[]): LabTopology =>
  labTopology(accesses, builtInBoxes.placements);

const nodeIn = (topology: Topology, id: string): NodePlan =>
  planWiring(topology).nodes.find(({ spec }) => spec.id === id)!;

describe('an access network', () => {
  const topology = labOf(access('6', 6, { hasProxy: true }));

  test("has its firewall for its gateway, so that Docker's default route is the right one", () => {
    const { networks } = planWiring(topology);
    expect(networks.find(({ id }) => id === 'access-6')).toEqual({
      id: 'access-6',
      subnet: '10.89.6.0/24',
      gateway: '10.89.6.1',
    });
    for (const id of ['ue-6', 'proxy-6']) {
      expect(nodeIn(topology, id).isRouted).toBe(true);
      expect(routeCommands(nodeIn(topology, id))).toEqual([]);
    }
  });

  test('its firewall takes the address that Docker gives nobody, and loses the default route', () => {
    const firewall = nodeIn(topology, 'fw-6');
    expect(firewall.attachments).toEqual([
      { network: 'access-6', ip: '10.89.6.1', given: '10.89.6.254', prefix: 24 },
      { network: 'transit', ip: '198.19.1.16', given: '198.19.1.16', prefix: 16 },
    ]);
    expect(routeCommands(firewall)).toEqual([
      'ip route flush default',
      "device=$(ip -o -4 addr show to 10.89.6.254 | awk '{print $2}')",
      'ip addr flush dev "${device%%@*}"',
      'ip addr add 10.89.6.1/24 dev "${device%%@*}"',
    ]);
  });
});

test('a network without a way out has a gateway that nobody has, and its nodes lose that route', () => {
  const topology = labOf(access('1', 1));
  expect(planWiring(topology).networks.filter(({ id }) => id === 'core' || id === 'transit')).toEqual([
    { id: 'core', subnet: '198.18.0.0/24', gateway: '198.18.0.254' },
    { id: 'transit', subnet: '198.19.0.0/16', gateway: '198.19.255.254' },
  ]);
  expect(routeCommands(nodeIn(topology, 'ims-core'))).toEqual(['ip route flush default']);
});

test('the core has a route back to a firewall that does not translate', () => {
  expect(routeCommands(nodeIn(labOf(access('0', 0, { napt: false })), 'turn'))).toEqual([
    'ip route flush default',
    'ip route replace 10.89.0.0/24 via 198.19.1.10',
  ]);
});

test('whatever the firewalls are, nobody shares an address, and none is one of the network itself', () => {
  const accesses = fc.uniqueArray(
    fc.record({ index: fc.nat({ max: 300 }), hasProxy: fc.boolean(), napt: fc.boolean() }),
    { selector: ({ index }) => index },
  );
  fc.assert(
    fc.property(accesses, (chosen) => {
      const topology = labOf(...chosen.map(({ index, ...more }) => access(`${index}`, index, more)));
      const { networks, nodes } = planWiring(topology);
      for (const { id, subnet, gateway } of networks) {
        const here = nodes.flatMap(({ attachments }) => attachments).filter(({ network }) => network === id);
        const given = here.map((at) => at.given);
        // Docker gives nobody the gateway's address, and no address twice.
        expect(new Set([gateway, ...given]).size).toBe(given.length + 1);
        const { first, last } = rangeOf(subnet);
        for (const ip of [gateway, ...given]) {
          expect(toNumber(ip)).toBeGreaterThan(first);
          expect(toNumber(ip)).toBeLessThan(last);
        }
        // Only the gateway's owner gets a substitute address from Docker, and no node has that address as its
        // own.
        for (const at of here.filter(({ given, ip }) => given !== ip)) {
          expect(at.ip).toBe(gateway);
          expect(here.map(({ ip }) => ip)).not.toContain(at.given);
        }
      }
      // A default route that Docker made is right or is removed.
      for (const node of nodes)
        if (!node.isRouted) expect(routeCommands(node)[0]).toBe('ip route flush default');
    }),
  );
});

describe('a topology that is not sound', () => {
  const host = (id: string, network: string, ip: string): NodeSpec => ({
    id,
    kind: 'ue',
    interfaces: [{ network, ip }],
    routes: [],
    forwards: false,
  });

  test('a network that does not exist', () => {
    expect(() => planWiring({ networks: [], nodes: [host('ue-1', 'nowhere', '10.0.0.1')] })).toThrow(
      'ue-1 is attached to nowhere, which does not exist',
    );
  });

  test('a network that is full', () => {
    const networks = [{ id: 'small', subnet: '10.0.0.0/30' }];
    const nodes = [host('ue-1', 'small', '10.0.0.1'), host('ue-2', 'small', '10.0.0.2')];
    expect(() => planWiring({ networks, nodes })).toThrow('10.0.0.0/30 has no address left for Docker');
  });
});
