import type { PageAttempt, PageHop } from '../data';
import { shorten } from '../shorten';
import { kindName } from './kind-names';
import { layTopology, nodeSize, type NodeLayout } from './topology-layout';

/** The network as a picture: the way of an attempt, and the node where it ended, with the rule if one ended it there. */
export function TopologyPicture({ attempt }: { attempt: PageAttempt }) {
  const { path, endedAt, verdict } = attempt;
  if (path.length === 0) return null;
  const layout = layTopology(path, endedAt);
  const { width, height, nodes, wires, transit, end } = layout;
  const hasPassed = verdict === 'passed';
  const last = endedAt === undefined ? undefined : path[endedAt];
  const rule = hasPassed ? undefined : ruleAt(attempt, last);
  const way = hasPassed ? 'way-passed' : last ? 'way-ended' : 'way-unknown';
  return (
    <div class="topology" tabindex={0} role="group" aria-label="The way of the packets">
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={pathInWords(attempt, last, rule)}
      >
        {wires.map(({ from, to }, index) => (
          <line key={index} class="wire" x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
        ))}
        <line class="wire" x1={transit.x} x2={transit.x} y1={transit.from} y2={transit.to} />
        <text class="topology-note" x={transit.x} y={transit.from - 6} text-anchor="middle">
          transit
        </text>
        <polyline class={`way ${way}`} points={layout.path.map(({ x, y }) => `${x},${y}`).join(' ')} />
        {nodes.map((node) => (
          <Node key={node.hop.id} node={node} />
        ))}
        {end && (
          <g class={hasPassed ? 'end end-passed' : 'end end-ended'}>
            <circle cx={end.x + nodeSize.width / 2} cy={end.y - nodeSize.height / 2} r={9} />
            <path d={markAt(end.x + nodeSize.width / 2, end.y - nodeSize.height / 2, hasPassed)} />
            {rule !== undefined && (
              <text x={end.x} y={end.y + nodeSize.height / 2 + 18} text-anchor="middle">
                {shorten(rule, 26)}
              </text>
            )}
          </g>
        )}
      </svg>
    </div>
  );
}

/** A tick or a cross. */
const markAt = (x: number, y: number, hasPassed: boolean): string =>
  hasPassed ? `M${x - 4},${y} l3,4 l5,-7` : `M${x - 3.5},${y - 3.5} l7,7 m0,-7 l-7,7`;

function Node({ node: { hop, x, y, isOnPath } }: { node: NodeLayout }) {
  const { width, height } = nodeSize;
  const kind = kindName(hop.kind);
  return (
    <g class={`node node-${hop.kind}${isOnPath ? '' : ' node-aside'}`}>
      <rect x={x - width / 2} y={y - height / 2} width={width} height={height} rx={5} />
      {kind !== '' && (
        <text x={x} y={y - 4} text-anchor="middle">
          {kind}
        </text>
      )}
      <text class="node-id" x={x} y={y + (kind === '' ? 4 : 12)} text-anchor="middle">
        {shorten(hop.id, 15)}
      </text>
    </g>
  );
}

/** The rule that ended the attempt at this node: the first of its denials there, which decided. */
const ruleAt = ({ denied }: PageAttempt, hop: PageHop | undefined): string | undefined =>
  denied.find(({ firewall }) => firewall === hop?.id)?.rule;

function pathInWords(
  { path, verdict }: PageAttempt,
  last: PageHop | undefined,
  rule: string | undefined,
): string {
  const way = `Path: ${path.map(({ id }) => id).join(', ')}.`;
  if (verdict === 'passed') return way;
  if (last === undefined) return `${way} Nothing shows where it ended.`;
  return `${way} It ended at ${last.id}${rule === undefined ? '' : ` by rule ${rule}`}.`;
}
