import { groupBy } from '../../kit/group-by';
import { plural } from '../../kit/words';
import { rungId, type Step } from '../../ladder';
import { isUnexpected } from '../judge/outcome';
import type { AttemptResult, CellResult, Outcome } from '../judge/result';
import { oneLine } from '../../kit/one-line';
import { problemWords } from '../report/words';
import type { Sequence } from '../sequence/sequence';
import { attemptBrief, attemptsThere } from './brief';
import { attemptSentence, throughWords, type Around } from './explain-attempt';
import { rungTitle } from './rung-title';

/** What an explanation of a cell may take from around it. */
export interface AroundCell extends Pick<Around, 'firewalls'> {
  /** The sequences of its attempts, by the attempt's id. */
  readonly sequences?: ReadonlyMap<string, Sequence>;
  /** Why its deviation is known, if it is. */
  readonly known?: string | undefined;
}

/**
 * Says in one plain sentence how a cell ended against its expectation, and why: by the attempt that tells most of it. One
 * line without control characters; see {@link attemptSentence}. Pure.
 */
export function explainCell(cell: CellResult, around: AroundCell = {}): string {
  const known = around.known === undefined ? '' : `; this is known: ${around.known}`;
  return oneLine(`${outcomeSentences[cell.outcome](cell, around)}${known}`);
}

type Explain = (cell: CellResult, around: AroundCell) => string;

const outcomeSentences: Readonly<Record<Outcome, Explain>> = {
  expected: (cell, around) => {
    const { traversedAt } = cell;
    const telling = traversedAt === null ? lastOf(cell) : throughOf(cell);
    if (traversedAt === null)
      return `No step got through, as expected${telling ? `; ${tell(telling, cell, around)}` : ''}`;
    const how = telling ? ` ${throughWords(telling)}` : '';
    return `Step ${traversedAt} got through, as expected${how && `,${how}`}${lowerWords(cell, traversedAt)}`;
  },

  unexpected: (cell, around) => {
    const telling = cell.attempts.find(isUnexpected) ?? lastOf(cell);
    return `${capital(problemWords(cell)!)}${telling ? `; ${tell(telling, cell, around)}` : ''}`;
  },

  flaky: (cell, around) => {
    const rungs = groupBy(
      cell.attempts.filter(({ verdict }) => verdict !== 'inconclusive' && verdict !== 'unsupported'),
      (attempt) => `${attempt.at ?? ''} ${rungId(attempt)}`,
    );
    const differing = [...rungs.values()].filter(
      (tries) => new Set(tries.map(({ verdict }) => verdict)).size > 1,
    );
    const counts = differing.map((tries) => {
      const passed = tries.filter(({ verdict }) => verdict === 'passed').length;
      return `step ${tries[0]!.step} by ${rungTitle(tries[0]!)} got through in ${passed} of ${plural(tries.length, 'round')}`;
    });
    const telling =
      differing[0]?.find(isUnexpected) ?? differing[0]?.find(({ verdict }) => verdict !== 'passed');
    const round = telling ? `; round ${telling.round}: ${tell(telling, cell, around)}` : '';
    return `Its rounds differ: ${counts.join(', ')}${round}`;
  },

  inconclusive: (cell, around) => {
    const lost = cell.attempts.filter(({ verdict }) => verdict === 'inconclusive');
    const count = `${lost.length} of ${plural(cell.attempts.length, 'attempt')}`;
    return `It could not be judged, for want of ${count}${lost[0] ? `; ${tell(lost[0], cell, around)}` : ''}`;
  },

  unsupported: (cell, around) => {
    const [first] = cell.attempts;
    return `Nothing of it could be tried${first ? `; ${tell(first, cell, around)}` : ''}`;
  },

  skipped: () => 'It was not measured: the run ended before it was finished',
};

/** Returns the attempt that got through at the step that the cell got through at, in the worst round. */
const throughOf = ({ attempts, traversedAt, to }: CellResult): AttemptResult | undefined =>
  attempts.find(({ step, verdict, at }) => step === traversedAt && verdict === 'passed' && at === to);

const lastOf = ({ attempts }: CellResult): AttemptResult | undefined =>
  attempts.findLast(({ verdict }) => verdict !== 'passed' && verdict !== 'unsupported');

/** Says what became of the steps below the one that got through: `; step 1 was blocked (sip-ports)`. */
function lowerWords(cell: CellResult, through: Step): string {
  const lower = attemptsThere(cell).filter(({ step, verdict }) => step < through && verdict !== 'passed');
  const bySteps = [...groupBy(lower, ({ step }) => `${step}`)].map(([step, tries]) => {
    const ends = [...groupBy(tries, ({ verdict }) => verdict)].map(([verdict, some]) =>
      verdict === 'unsupported'
        ? 'was not possible'
        : `was ${verdict} (${[...new Set(some.map(attemptBrief))].join(', ')})`,
    );
    return `step ${step} ${ends.join(' and ')}`;
  });
  return bySteps.map((words) => `; ${words}`).join('');
}

function tell(attempt: AttemptResult, cell: CellResult, { firewalls, sequences }: AroundCell): string {
  const sequence = sequences?.get(attempt.id);
  const place = attempt.at === undefined ? '' : ` on ${attempt.at}`;
  const name = `step ${attempt.step} by ${rungTitle(attempt)}${place}`;
  return `${name}: ${attemptSentence(attempt, { cell, ...(firewalls && { firewalls }), sequence })}`;
}

const capital = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}`;
