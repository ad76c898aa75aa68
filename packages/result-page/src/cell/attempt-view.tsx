import { useEffect, useRef } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { PageAttempt, PageCell, PageData } from '../data';
import { milliseconds } from '../milliseconds';
import { CaptureLinks } from './capture-links';
import { DeniedPackets } from './denied-packets';
import { MeasurementTable } from './measurement-table';
import { Sentence } from './sentence';
import { SequenceDiagram } from './sequence-diagram';
import { TlsTable } from './tls-table';
import { TopologyPicture } from './topology-picture';

export interface AttemptViewProps {
  readonly data: PageData;
  readonly cell: PageCell;
  readonly attempt: PageAttempt;
  /** The address of the page that shows this attempt. */
  readonly href: string;
  readonly isOpen: boolean;
  /** True if the page's address names it: it comes into view. */
  readonly isNamed: boolean;
  readonly onToggle: (isOpen: boolean) => void;
}

/** One attempt, which can be folded. What is folded is not drawn, since a page may have thousands of attempts. */
export function AttemptView({ data, cell, attempt, href, isOpen, isNamed, onToggle }: AttemptViewProps) {
  const element = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (isNamed) element.current?.scrollIntoView();
  }, [isNamed]);
  const { verdict, expected, rung, step } = attempt;
  return (
    <details
      ref={element}
      class={`attempt verdict-${verdict}`}
      open={isOpen}
      onToggle={({ currentTarget }) => onToggle(currentTarget.open)}
    >
      <summary>
        <h4>
          <span class="attempt-verdict">
            {verdictMarks[verdict]} {verdict}
          </span>{' '}
          Step {step}: {rung}
          {attempt.at !== undefined && `, at firewall ${attempt.at}`}
          {cell.attempts.some(({ round }) => round > 1) && `, round ${attempt.round}`}
        </h4>
        <span class="attempt-aside">
          {verdict === expected ? 'as expected' : `${expected} was expected`},{' '}
          {milliseconds(attempt.durationMs)}
        </span>
      </summary>
      {isOpen && <Body data={data} cell={cell} attempt={attempt} href={href} />}
    </details>
  );
}

const verdictMarks: Readonly<Record<PageAttempt['verdict'], string>> = {
  passed: '✓',
  blocked: '✕',
  failed: '!',
  unsupported: '–',
  inconclusive: '?',
  mixed: '≁',
};

function Body(props: Pick<AttemptViewProps, 'data' | 'cell' | 'attempt' | 'href'>) {
  const { data, cell, attempt, href } = props;
  const { sequence, denied, tls, measurements, evidence, captures } = attempt;
  return (
    <div class="attempt-body">
      <p>
        <Sentence text={attempt.explanation} />
      </p>
      {attempt.reason !== '' && attempt.reason !== attempt.explanation && (
        <p class="attempt-reason">
          In the result: <Sentence text={attempt.reason} />
        </p>
      )}
      <p>
        <a href={href}>Link to this attempt</a>
      </p>
      <Part title="The way" isThere={attempt.path.length > 0}>
        <TopologyPicture attempt={attempt} />
      </Part>
      <Part title="What was sent" isThere>
        {sequence ? (
          <SequenceDiagram attempt={attempt} sequence={sequence} />
        ) : (
          <p class="sequence-note">The captures of this attempt have not been read.</p>
        )}
      </Part>
      <Part title="What was denied" isThere={denied.length > 0}>
        <DeniedPackets data={data} cell={cell} attempt={attempt} />
      </Part>
      <Part title="TLS" isThere={tls.length > 0}>
        <TlsTable connections={tls} />
      </Part>
      <Part title="Measurements" isThere={measurements.length > 0}>
        <MeasurementTable measurements={measurements} kinds={data.measurements} />
      </Part>
      <Part title="Other evidence" isThere={evidence.length > 0}>
        <ul>
          {evidence.map((text, index) => (
            <li key={index}>
              <Sentence text={text} />
            </li>
          ))}
        </ul>
      </Part>
      <Part title="Captures" isThere={captures.length > 0}>
        <CaptureLinks captures={captures} />
      </Part>
    </div>
  );
}

/** A part of an attempt with its heading; left out if there is nothing of it. */
function Part(props: { title: string; isThere: boolean; children: ComponentChildren }) {
  if (!props.isThere) return null;
  return (
    <section class="attempt-part">
      <h5>{props.title}</h5>
      {props.children}
    </section>
  );
}
