import type { PageArrow } from '../data';
import { milliseconds } from '../milliseconds';
import { protocolClass, protocolName } from './protocol-names';
import type { TimeAxis } from './time-axis';

/** Says what the lines of a diagram mean: only those that are in it. */
export function SequenceLegend({ arrows, axis }: { arrows: readonly PageArrow[]; axis: TimeAxis }) {
  const protocols = [...new Set(arrows.map(({ protocol }) => protocol))];
  const kinds = new Set(axis.parts.filter(({ from, to }) => to > from).map(({ kind }) => kind));
  return (
    <ul class="sequence-legend" aria-label="Legend">
      {protocols.map((protocol) => (
        <li key={protocol}>
          <svg class={protocolClass(protocol)} width={34} height={10} aria-hidden="true">
            <line class="arrow-line" x1={0} x2={26} y1={5} y2={5} />
            <path class="arrow-head" d="M34,5 l-9,-4.5 v9 z" />
          </svg>
          {protocolName(protocol)}
        </li>
      ))}
      {arrows.some(({ denied }) => denied) && (
        <li>
          <svg class="arrow-denied" width={14} height={14} aria-hidden="true">
            <path class="arrow-cross" d="M1,1 l12,12 m0,-12 l-12,12" />
          </svg>
          denied, by the rule beside it
        </li>
      )}
      {kinds.has('scale') && (
        <li>
          <AxisSample kind="scale" /> time to scale, {milliseconds(16 / axis.pixelsPerMs)} is this long
        </li>
      )}
      {kinds.has('spread') && (
        <li>
          <AxisSample kind="spread" /> spread, to be readable
        </li>
      )}
      {kinds.has('folded') && (
        <li>
          <AxisSample kind="folded" /> a wait, folded
        </li>
      )}
    </ul>
  );
}

function AxisSample({ kind }: { kind: 'scale' | 'spread' | 'folded' }) {
  return (
    <svg class="axis" width={12} height={16} aria-hidden="true">
      {kind === 'folded' ? (
        <path class="axis-folded" d="M6,0 v2 l-4,2 l8,3 l-8,3 l8,3 l-4,1 v2" />
      ) : (
        <line class={`axis-${kind}`} x1={6} x2={6} y1={0} y2={16} />
      )}
    </svg>
  );
}
