import type { Topology } from './topology';

/**
 * Writes the topology as a graph for Graphviz: boxes are nodes, ellipses are networks,
 * and an edge carries the address.
 */
export function toDot({ networks, nodes }: Topology): string {
  const quote = (text: string): string => JSON.stringify(text);
  return [
    'graph nimsfw {',
    '  layout=neato; overlap=false; splines=true;',
    ...networks.map(
      ({ id, subnet }) => `  ${quote(id)} [shape=ellipse, label=${quote(`${id}\n${subnet}`)}];`,
    ),
    ...nodes.map(({ id, kind }) => `  ${quote(id)} [shape=box, label=${quote(`${id}\n${kind}`)}];`),
    ...nodes.flatMap(({ id, interfaces }) =>
      interfaces.map(({ network, ip }) => `  ${quote(id)} -- ${quote(network)} [label=${quote(ip)}];`),
    ),
    '}',
  ].join('\n');
}
