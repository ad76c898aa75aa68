import { useState } from 'preact/hooks';
import type { PageAttempt, PageCell, PageData } from '../data';
import { AttemptView } from './attempt-view';
import { CopyCommand } from './copy-command';
import { Sentence } from './sentence';

/** What a cell is shown from. */
export interface CellViewProps {
  readonly data: PageData;
  readonly cell: PageCell;
  /** Id of the attempt that the page's address names; it is unfolded and comes into view. */
  readonly attempt?: string;
  /** Makes the address of the page that shows an attempt of this cell, by its id. */
  readonly linkTo: (attempt: string) => string;
}

/** One cell: expected and observed, what was tried, in order, and how it ended. Its title is the page's. */
export function CellView(props: CellViewProps) {
  const { data, cell } = props;
  const changes = data.comparison?.changes.filter((change) => change.cell === cell.id) ?? [];
  return (
    <div class="cell-view">
      <dl class="cell-facts">
        <dt>expected</dt>
        <dd>{stepInWords(cell.expected)}</dd>
        <dt>observed</dt>
        <dd>{observedInWords(cell)}</dd>
        <dt>firewall</dt>
        <dd>{firewallsInWords(data, cell)}</dd>
      </dl>
      <p class="cell-explanation">
        <Sentence text={cell.explanation} />
      </p>
      {cell.known !== undefined && <p class="cell-known">A known deviation: {cell.known}</p>}
      {changes.map(({ text }, index) => (
        <p key={index} class="cell-change">
          Compared with {data.comparison?.baseline}: <Sentence text={text} />
        </p>
      ))}
      <CopyCommand command={cell.command} label="Measure just this cell" />
      {/* Another cell begins with its own attempts unfolded. */}
      <Attempts key={cell.id} {...props} />
    </div>
  );
}

function Attempts({ data, cell, attempt: named, linkTo }: CellViewProps) {
  const { attempts } = cell;
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const telling = tellingAttempts(cell);
  const isOpen = ({ id }: PageAttempt): boolean =>
    toggled.get(id) ?? (named === undefined ? telling.some((one) => one.id === id) : id === named);
  if (attempts.length === 0) return <p>Nothing has been tried yet.</p>;
  const areAllOpen = attempts.every(isOpen);
  return (
    <section class="attempts">
      <h3>What was tried, in order</h3>
      {attempts.length > 1 && (
        <button
          type="button"
          onClick={() => setToggled(new Map(attempts.map(({ id }) => [id, !areAllOpen])))}
        >
          {areAllOpen ? 'Fold all' : 'Unfold all'}
        </button>
      )}
      {attempts.map((attempt) => (
        <AttemptView
          key={attempt.id}
          data={data}
          cell={cell}
          attempt={attempt}
          href={linkTo(attempt.id)}
          isOpen={isOpen(attempt)}
          isNamed={attempt.id === named}
          onToggle={(open) =>
            open !== isOpen(attempt) && setToggled(new Map([...toggled, [attempt.id, open]]))
          }
        />
      ))}
    </section>
  );
}

/** What a reader most likely comes for: what was not as expected; otherwise what got through, or was tried last. */
function tellingAttempts({ attempts, traversedAt }: PageCell): readonly PageAttempt[] {
  const deviating = attempts.filter(({ verdict, expected }) => verdict !== expected);
  if (deviating.length > 0) return deviating;
  // Of a call that moves, the attempts on the network that it leaves have steps of their own.
  const one =
    attempts.find(({ verdict, step }) => verdict === 'passed' && step === traversedAt) ?? attempts.at(-1);
  return one ? [one] : [];
}

const stepInWords = (step: number | null): string =>
  step === null ? 'no step gets through' : `step ${step} gets through`;

function observedInWords({ outcome, traversedAt }: PageCell): string {
  const observed = traversedAt === null ? 'no step got through' : `step ${traversedAt} got through`;
  const words: Readonly<Record<PageCell['outcome'], string>> = {
    expected: `${observed}, as expected`,
    unexpected: `${observed}, which was not expected`,
    flaky: `${observed} in every round; the rounds differ`,
    inconclusive: 'it could not be judged',
    unsupported: 'the phone cannot do it',
    skipped: 'it was not measured',
    pending: 'not measured yet',
    running: 'being measured',
  };
  return words[outcome];
}

function firewallsInWords(data: PageData, { firewall, to }: PageCell): string {
  const inWords = (id: string): string => {
    const known = data.firewalls.find((one) => one.id === id);
    return known ? `${id} ${known.title} (${known.confidence})` : id;
  };
  return to === undefined ? inWords(firewall) : `from ${inWords(firewall)} to ${inWords(to)}`;
}
