import { groupBy } from '../../kit/group-by';
import { plural } from '../../kit/words';
import { oneLine } from '../report/words';
import type { Change, ChangeKind, Comparison } from './comparison';

/** Phrases that every report of a comparison uses. */

/** Returns what a change is of: `3/register/aes`, `step 2 udp:5060`, `firewall 3, rule sip-ports`, `claim I1`. */
export function subjectWords({ about, id, part }: Change): string {
  const whole = about === 'firewall' || about === 'claim' ? `${about} ${id}` : id;
  return oneLine(part === undefined ? whole : `${whole}, ${part}`);
}

/** Returns `step 2 → none !`. */
export const differenceWords = ({ before, after }: Change): string => oneLine(`${before} → ${after}`);

/** Identifies a run: `run R of 2025-01-02 03:04, 3 cells`. */
export const comparedRunWords = ({ id, startedAt, cells }: Comparison['run']): string =>
  oneLine(`run ${id} of ${startedAt.slice(0, 16).replace('T', ' ')}, ${plural(cells, 'cell')}`);

/** Says which two runs are compared. */
export const runsWords = ({ baseline, run }: Comparison): string[] => [
  `Baseline ${comparedRunWords(baseline)}`,
  `Compared ${comparedRunWords(run)}`,
];

/** What the mark of a verdict means. */
export const markWords = '! not as expected';

/** Returns the last line of every report of a comparison. */
export function comparisonWords({ common, changes, summary }: Comparison): string {
  const among = `${plural(common, 'cell')} compared`;
  const { added, removed } = summary;
  const counted = (['worse', 'better', 'other'] as const)
    .map((kind) => `${summary[kind]} ${kind}`)
    .join(', ');
  const isChanged = changes.length > added + removed;
  const oneSided = added + removed > 0 ? `; ${added} added, ${removed} removed` : '';
  return `${among}: ${isChanged ? counted : 'no change'}${oneSided}`;
}

/** A change, or of cells that only one of the runs has all of them. */
export interface Entry {
  readonly kind: ChangeKind;
  readonly subject: string;
  readonly words: string;
}

/** Returns what a table says: each change, and a line for all cells that only one of the runs has. */
export function entriesOf({ changes }: Comparison): Entry[] {
  const isOneSided = ({ kind }: Change): boolean => kind === 'added' || kind === 'removed';
  const single = changes
    .filter((one) => !isOneSided(one))
    .map((one) => ({ kind: one.kind, subject: subjectWords(one), words: differenceWords(one) }));
  const many = [...groupBy(changes.filter(isOneSided), ({ kind }) => kind).values()].map((all) => {
    const { kind } = all[0]!;
    const named = all.slice(0, mostNamed).map(({ id }) => oneLine(id));
    return {
      kind,
      subject: plural(all.length, 'cell'),
      words: `${named.join(', ')}${all.length > mostNamed ? '...' : ''}`,
    };
  });
  return [...single, ...many];
}

/** Cells of one run only that a table names. */
const mostNamed = 6;
