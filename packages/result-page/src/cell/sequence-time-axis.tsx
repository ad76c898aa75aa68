import { milliseconds } from '../milliseconds';
import type { SequenceLayout } from './sequence-layout';
import type { AxisPart } from './time-axis';

/** The axis on the left: solid where it is to scale, dotted where it is spread, broken where a wait is folded. */
export function SequenceTimeAxis(props: { layout: SequenceLayout; durationMs: number }) {
  const { axis, axisX, arrows, endY, width } = props.layout;
  return (
    <g class="axis">
      {axis.parts.map((part, index) => (
        <Part key={index} part={part} x={axisX} />
      ))}
      {arrows.map(({ arrow, y }, index) => (
        <text key={index} class="axis-time" x={axisX - 10} y={y + 4} text-anchor="end">
          {timeOnAxis(arrow.afterMs)}
        </text>
      ))}
      {arrows.map(({ y }, index) => (
        <line key={index} class="axis-tick" x1={axisX - 4} x2={axisX + 4} y1={y} y2={y} />
      ))}
      <line class="axis-end" x1={axisX - 4} x2={width} y1={endY} y2={endY} />
      <text class="axis-time" x={axisX - 10} y={endY + 4} text-anchor="end">
        {timeOnAxis(props.durationMs)}
      </text>
      <text class="axis-wait" x={width - 8} y={endY - 5} text-anchor="end">
        end of the attempt
      </text>
    </g>
  );
}

function Part({ part: { kind, from, to, fromMs, toMs }, x }: { part: AxisPart; x: number }) {
  if (kind !== 'folded') return <line class={`axis-${kind}`} x1={x} x2={x} y1={from} y2={to} />;
  const middle = (from + to) / 2;
  const zigzag = `v6 l-5,4 l10,6 l-10,6 l10,6 l-5,4 v6`;
  return (
    <>
      <path class="axis-folded" d={`M${x},${from} V${middle - 22} ${zigzag} V${to}`} />
      <text class="axis-wait" x={x + 12} y={middle + 4}>
        {milliseconds(toMs - fromMs)}
      </text>
    </>
  );
}

/** Milliseconds with one digit behind the point, and a space that keeps thousands apart: `32 004.1`. */
export function timeOnAxis(ms: number): string {
  const [whole = '', fraction] = ms.toFixed(1).split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, '\u2009')}.${fraction}`;
}
