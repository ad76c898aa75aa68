import type { PageData } from '../data';
import { milliseconds } from '../milliseconds';
import { timeWords } from './words';

/** What was measured and how it came out, with what a reader has to know before the table. */
export function Header({ data }: { readonly data: PageData }) {
  const { run, notes, warnings } = data;
  return (
    <header class="top">
      <p class="overline">
        <span>nimsfw-lab</span> <span>run {run.id}</span> <span>{timeWords(run.startedAt)}</span>{' '}
        <span>{milliseconds(run.durationMs)}</span>
      </p>
      <h1>Which way gets through which firewall</h1>
      <p class={`summary ${verdictOf(data)}`}>{run.summary}</p>
      {run.isInterrupted && (
        <p class="warning">The run was interrupted: what it had measured until then is here.</p>
      )}
      {warnings.map((warning) => (
        <p key={warning} class="warning">
          <strong>Warning.</strong> {warning}
        </p>
      ))}
      {notes.length > 0 && (
        <ul class="notes" aria-label="Notes">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </header>
  );
}

const verdictOf = ({ run }: PageData): string =>
  !run.isOver ? 'going-on' : run.isAsExpected ? 'good' : 'bad';
