import type { TargetedKeyboardEvent } from 'preact';
import { useId, useMemo, useRef, useState } from 'preact/hooks';
import type { PageAttempt, PageHop, PageSequence } from '../data';
import { kindName } from './kind-names';
import { ArrowDetail } from './arrow-detail';
import { SequenceArrow, SequenceLabel } from './sequence-arrow';
import { shorten } from '../shorten';
import { layOut, type SequenceLayout } from './sequence-layout';
import { SequenceLegend } from './sequence-legend';
import { SequenceTable } from './sequence-table';
import { SequenceTimeAxis } from './sequence-time-axis';

const headHeight = 44;

/** What an attempt sent and received, as the captures have it, with the time on the vertical axis. */
export function SequenceDiagram({ attempt, sequence }: { attempt: PageAttempt; sequence: PageSequence }) {
  const layout = useMemo(() => layOut(sequence, attempt.durationMs), [sequence, attempt.durationMs]);
  if (sequence.arrows.length === 0)
    return <p class="sequence-note">{sequence.problem ?? 'The captures have no message of this attempt.'}</p>;
  return (
    <div class="sequence">
      <SequenceLegend arrows={sequence.arrows} axis={layout.axis} />
      {sequence.problem !== undefined && <p class="sequence-note">Not whole: {sequence.problem}</p>}
      <Picture attempt={attempt} sequence={sequence} layout={layout} />
      {sequence.leftOut > 0 && (
        <p class="sequence-note">
          {sequence.leftOut} {sequence.leftOut === 1 ? 'packet' : 'packets'} without a message, such as TCP
          acknowledgements, {sequence.leftOut === 1 ? 'has' : 'have'} no arrow.
        </p>
      )}
      <SequenceTable sequence={sequence} />
    </div>
  );
}

interface PictureProps {
  readonly attempt: PageAttempt;
  readonly sequence: PageSequence;
  readonly layout: SequenceLayout;
}

/**
 * The arrows are one stop of the Tab key; the arrow keys go from one to the next. The one that has the focus
 * is shown in full beside the picture.
 */
function Picture({ attempt, sequence: { parties }, layout }: PictureProps) {
  const { arrows, width, height } = layout;
  const [active, setActive] = useState<number>();
  const list = useRef<SVGGElement>(null);
  const detail = useId();
  const shown = active === undefined ? undefined : arrows[active]?.arrow;

  const onKeyDown = (event: TargetedKeyboardEvent<SVGGElement>): void => {
    const next = stepTo(event.key, active ?? 0, arrows.length);
    if (next === undefined) return;
    event.preventDefault();
    list.current?.querySelectorAll<SVGGElement>('[role=option]')[next]?.focus();
  };

  return (
    <div class="sequence-picture">
      <div class="sequence-scroll">
        <svg
          class="sequence-head"
          width={width}
          height={headHeight}
          viewBox={`0 0 ${width} ${headHeight}`}
          aria-hidden="true"
        >
          <text x={layout.axisX - 10} y={headHeight - 10} text-anchor="end" class="axis-time">
            ms
          </text>
          {parties.map((party, index) => (
            <Party key={index} party={party} x={layout.lifelines[index]!} />
          ))}
        </svg>
        <svg
          class="sequence-body"
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          aria-label={`Sequence of ${attempt.rung}`}
        >
          <g aria-hidden="true">
            {layout.lifelines.map((x, index) => (
              <line
                key={index}
                class={`lifeline lifeline-${parties[index]!.kind}`}
                x1={x}
                x2={x}
                y1={0}
                y2={height}
              />
            ))}
          </g>
          <g
            ref={list}
            role="listbox"
            aria-label={`Messages of ${attempt.rung}, ${arrows.length}, in order of time`}
            aria-controls={detail}
            onKeyDown={onKeyDown}
          >
            {arrows.map((arrow, index) => (
              <SequenceArrow
                key={index}
                layout={arrow}
                parties={parties}
                width={width}
                isActive={index === active}
                isTabStop={index === (active ?? 0)}
                onActive={() => setActive(index)}
              />
            ))}
          </g>
          <g class="labels" aria-hidden="true">
            <SequenceTimeAxis layout={layout} durationMs={attempt.durationMs} />
            {arrows.map((arrow, index) => (
              <SequenceLabel key={index} layout={arrow} isActive={index === active} />
            ))}
          </g>
        </svg>
      </div>
      <aside id={detail} class="sequence-detail" aria-label="The chosen message" aria-live="polite">
        {shown ? (
          <ArrowDetail arrow={shown} parties={parties} />
        ) : (
          <p class="sequence-note">Choose a message to read it, with the pointer or with the arrow keys.</p>
        )}
      </aside>
    </div>
  );
}

/** The number of the arrow that a key goes to. */
function stepTo(key: string, active: number, count: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + 10,
    PageUp: active - 10,
    Home: 0,
    End: count - 1,
  };
  const next = steps[key];
  return next === undefined ? undefined : Math.min(Math.max(next, 0), count - 1);
}

function Party({ party, x }: { party: PageHop; x: number }) {
  const kind = kindName(party.kind);
  return (
    <g class={`party party-${party.kind}`}>
      <rect x={x - 50} y={4} width={100} height={36} rx={4} />
      {kind !== '' && (
        <text x={x} y={18} class="party-kind" text-anchor="middle">
          {kind}
        </text>
      )}
      <text x={x} y={kind === '' ? 26 : 33} class="party-id" text-anchor="middle">
        {shorten(party.id, 15)}
      </text>
    </g>
  );
}
