import type { PageData } from '../data';
import { milliseconds } from '../milliseconds';
import { cellsDone, type Connection } from '../state/live';
import { useHref, useNavigation } from './navigation';
import { Shape } from './shapes';
import { ThemeSwitch } from './theme-switch';
import { timeWords } from './words';

/** Which run this is. */
export function TopLine({ data: { run } }: { readonly data: PageData }) {
  const { go } = useNavigation();
  const href = useHref();
  return (
    <div class="top">
      <p class="overline">
        <a href={href({ cell: undefined })}>nimsfw-lab</a> <span>run {run.id}</span>{' '}
        <span>{timeWords(run.startedAt)}</span> <span>{milliseconds(run.durationMs)}</span>
      </p>
      {go && <ThemeSwitch />}
    </div>
  );
}

/** How the run came out, with what a reader has to know before the table. */
export function Header({ data, connection }: { readonly data: PageData; readonly connection: Connection }) {
  const { run, notes, warnings } = data;
  return (
    <header>
      <h1>Which way IMS gets through which firewall</h1>
      <p class="summary">
        {run.isOver && <Shape outcome={run.isAsExpected ? 'expected' : 'unexpected'} />} {run.summary}
      </p>
      {!run.isOver && <Progress data={data} connection={connection} />}
      {run.isInterrupted && (
        <p class="warning">The run was interrupted. What it had measured until then is here.</p>
      )}
      {warnings.map((warning, index) => (
        <p key={index} class="warning">
          <strong>Warning.</strong> {warning}
        </p>
      ))}
      {notes.length > 0 && (
        <ul class="notes" aria-label="Notes">
          {notes.map((note, index) => (
            <li key={index}>{note}</li>
          ))}
        </ul>
      )}
    </header>
  );
}

function Progress({ data, connection }: { readonly data: PageData; readonly connection: Connection }) {
  const done = cellsDone(data);
  return (
    <div class="progress">
      <progress value={done} max={data.cells.length} aria-label="Cells that are done" />
      <span>
        {done} of {data.cells.length} cells done
      </span>
      <span role="status">{connectionWords[connection]}</span>
    </div>
  );
}

const connectionWords: Readonly<Record<Connection, string>> = {
  none: 'The run was going on when this page was made.',
  connected: 'The run goes on, and this page with it.',
  lost: 'The run does not answer: it has ended, or the way to it is cut. The page asks again.',
};
