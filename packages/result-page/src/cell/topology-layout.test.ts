import fc from 'fast-check';
import { hops } from '../testing/sequence-fixture';
import { layTopology, nodeSize } from './topology-layout';

const byConnect = [hops.ue, hops.proxy, hops.firewall, hops.pcscf, hops.core];

it('has every node of a lab, and says which the path has', () => {
  const { nodes } = layTopology(byConnect, 4);
  expect(nodes.map(({ hop, isOnPath }) => `${hop.id}${isOnPath ? '' : ' aside'}`)).toEqual([
    ...['ue-8', 'proxy-8', 'fw-8', 'pcscf', 'turn aside', 'peer aside', 'ims-core'],
  ]);
});

it('draws the path up to the node where it ended', () => {
  const { nodes, path, end } = layTopology(byConnect, 2);
  const at = (id: string) => {
    const { x, y } = nodes.find(({ hop }) => hop.id === id)!;
    return { x, y };
  };
  expect(path).toEqual([at('ue-8'), at('proxy-8'), at('fw-8')]);
  expect(end).toEqual(at('fw-8'));
});

it('goes from the firewall by the transit network to a server, and straight to the core behind it', () => {
  const { path, transit, nodes } = layTopology(byConnect, 4);
  const ends = nodes.filter(({ hop }) => ['fw-8', 'pcscf', 'ims-core'].includes(hop.id));
  expect(path.slice(2).map(({ x, y }) => ({ x, y }))).toEqual([
    { x: ends[0]!.x, y: ends[0]!.y },
    { x: transit.x, y: ends[0]!.y },
    { x: transit.x, y: ends[1]!.y },
    { x: ends[1]!.x, y: ends[1]!.y },
    { x: ends[2]!.x, y: ends[2]!.y },
  ]);
});

it('draws the whole path and no end if nothing shows where it ended', () => {
  const { path, end } = layTopology(byConnect);
  expect([path.length, end]).toEqual([7, undefined]);
});

it('draws what it does not know behind the core, and another server of a kind in the place of the first', () => {
  const { nodes } = layTopology(
    [
      hops.ue,
      hops.firewall,
      { id: 'pcscf-2', kind: 'pcscf' },
      { id: 'scc-as', kind: 'other' },
      { id: '10.0.0.1', kind: 'other' },
    ],
    3,
  );
  expect(nodes.map(({ hop }) => hop.id)).toEqual([
    ...['ue-8', 'fw-8', 'pcscf-2', 'turn', 'peer', 'ims-core', 'scc-as', '10.0.0.1'],
  ]);
});

it('has every node inside, none on another, whatever the path is', () => {
  const path = fc.array(
    fc
      .record({
        number: fc.nat(3),
        kind: fc.constantFrom('ue', 'proxy', 'firewall', 'pcscf', 'turn', 'core', 'peer', 'other'),
      })
      .map(({ number, kind }) => ({ id: `${kind}-${number}`, kind })),
    { maxLength: 10 },
  );
  fc.assert(
    fc.property(path, fc.integer({ min: -1, max: 12 }), (hopsOfPath, endedAt) => {
      const { nodes, width, height } = layTopology(hopsOfPath, endedAt);
      for (const { x, y } of nodes) {
        expect(x - nodeSize.width / 2).toBeGreaterThanOrEqual(0);
        expect(x + nodeSize.width / 2).toBeLessThanOrEqual(width);
        expect(y - nodeSize.height / 2).toBeGreaterThanOrEqual(0);
        expect(y + nodeSize.height / 2).toBeLessThanOrEqual(height);
      }
      expect(new Set(nodes.map(({ x, y }) => `${x} ${y}`)).size).toBe(nodes.length);
    }),
  );
});
