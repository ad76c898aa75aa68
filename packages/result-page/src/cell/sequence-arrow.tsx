import type { PageHop } from '../data';
import { arrowInWords } from './arrow-in-words';
import { protocolClass } from './protocol-names';
import type { ArrowLayout } from './sequence-layout';
import { rowHeight } from './time-axis';

interface SequenceArrowProps {
  readonly layout: ArrowLayout;
  readonly parties: readonly PageHop[];
  /** Of the picture. */
  readonly width: number;
  readonly isActive: boolean;
  readonly isTabStop: boolean;
  readonly onActive: () => void;
}

/** A message: its line with a head, or with a cross where a firewall denied it. */
export function SequenceArrow(props: SequenceArrowProps) {
  const { layout, parties, width, isActive, isTabStop, onActive } = props;
  const { arrow, y, from, to, lastY } = layout;
  const direction = to < from ? -1 : 1;
  return (
    <g
      role="option"
      class={`arrow ${protocolClass(arrow.protocol)}${arrow.denied ? ' arrow-denied' : ''}${isActive ? ' arrow-active' : ''}`}
      aria-label={nameOf(layout, parties)}
      aria-selected={isActive}
      tabindex={isTabStop ? 0 : -1}
      onFocus={onActive}
      onClick={onActive}
    >
      <rect class="arrow-row" x={2} y={y - rowHeight + 10} width={width - 4} height={rowHeight - 3} rx={3} />
      {lastY !== undefined && (
        <path class="arrow-until" d={`M${from - 4 * direction},${y} V${lastY} h${3 * direction}`} />
      )}
      <line class="arrow-line" x1={from} x2={to - (arrow.denied ? 0 : 7 * direction)} y1={y} y2={y} />
      {arrow.denied ? (
        <path class="arrow-cross" d={`M${to - 6},${y - 6} l12,12 m0,-12 l-12,12`} />
      ) : (
        <path class="arrow-head" d={`M${to},${y} l${-9 * direction},-4.5 v9 z`} />
      )}
    </g>
  );
}

/**
 * The text of a message. It lies above all arrows and is no part of its own, whose name says more than there is
 * place for.
 */
export function SequenceLabel({
  layout: { label, rule, y },
  isActive,
}: {
  layout: ArrowLayout;
  isActive: boolean;
}) {
  return (
    <g class={isActive ? 'label-active' : undefined}>
      <text class="arrow-label" x={label.x} y={y - 6} text-anchor="middle">
        {label.text}
      </text>
      {/* Whoever reads the two texts as one reads two words. */}{' '}
      {rule && (
        <text class="arrow-rule" x={rule.x} y={y + 4} text-anchor="middle">
          {rule.text}
        </text>
      )}
    </g>
  );
}

/** Its name begins with what can be read beside it (WCAG 2.5.3), and then says what had to be shortened. */
function nameOf({ arrow, label, rule }: ArrowLayout, parties: readonly PageHop[]): string {
  const shown = rule === undefined ? label.text : `${label.text}, ${rule.text}`;
  const words = arrowInWords(arrow, parties);
  return words.startsWith(shown) ? words : `${shown}: ${words}`;
}
