import { labTopology } from './lab-topology';
import { toDot } from './to-dot';

const topology = labTopology(
  [
    { firewall: '8', index: 8, kinds: ['router', 'host'], napt: true },
    { firewall: 'my-own', index: 9, kinds: ['router'], napt: false },
  ],
  [
    { kind: 'server', interfaces: [{ network: 'transit', host: 10 }] },
    {
      kind: 'router',
      interfaces: [
        { network: 'access', host: 1 },
        { network: 'transit', host: 266 },
      ],
      forwards: true,
    },
    { kind: 'host', interfaces: [{ network: 'access', host: 2 }] },
  ],
);

/** The DOT language's grammar (graphviz.org/doc/info/lang.html), as far as a graph of this kind needs it. */
const id = String.raw`(?:"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|-?\d+)`;
const attributes = String.raw`(?:\[${id}=${id}(?:, ${id}=${id})*\])`;
const statement = new RegExp(
  String.raw`^ {2}(?:${id}(?: -- ${id})?(?: ${attributes})?|${id}=${id}(?:; ${id}=${id})*);$`,
);

it('is a graph of statements', () => {
  const lines = toDot(topology).split('\n');
  expect(lines[0]).toMatch(new RegExp(`^graph ${id} \\{$`));
  expect(lines.at(-1)).toBe('}');
  for (const line of lines.slice(1, -1)) expect(line).toMatch(statement);
});

it('has every network, every node and an edge with the address for every attachment', () => {
  const dot = toDot(topology);
  for (const { id, subnet } of topology.networks)
    expect(dot).toContain(`  "${id}" [shape=ellipse, label="${id}\\n${subnet}"];`);
  for (const { id, kind, interfaces } of topology.nodes) {
    expect(dot).toContain(`  "${id}" [shape=box, label="${id}\\n${kind}"];`);
    for (const { network, ip } of interfaces)
      expect(dot).toContain(`  "${id}" -- "${network}" [label="${ip}"];`);
  }
  const edges = topology.nodes.flatMap(({ interfaces }) => interfaces).length;
  expect(dot.match(/ -- /g)).toHaveLength(edges);
});

it('a node and a network of one name would be one vertex: there are none', () => {
  const names = [...topology.nodes, ...topology.networks].map(({ id }) => id);
  expect(new Set(names).size).toBe(names.length);
});
