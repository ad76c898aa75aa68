import type { CellResult, Outcome } from '../judge/result';
import { traversedWords } from '../report/words';
import { kindByFirst, type Change } from './comparison';

/**
 * How bad an outcome is. `expected` shows what one expected. What was not judged shows nothing, which is worse than that.
 * What ended otherwise than expected in some rounds, or in all, is worse still: it shows that something is wrong.
 */
const badness: Readonly<Record<Outcome, number>> = {
  expected: 0,
  unsupported: 1,
  skipped: 1,
  inconclusive: 1,
  flaky: 2,
  unexpected: 3,
};

/** A phone that has to climb further is served worse, and worst if nothing gets through. */
const climb = ({ traversedAt }: CellResult): number => traversedAt ?? Infinity;

/**
 * Compares what became of a cell. Whether it is as expected decides first, since getting through where nothing should is
 * no improvement; then the step that got through.
 */
export function cellChanges(before: CellResult, after: CellResult): Change[] {
  const words = { before: traversedWords(before), after: traversedWords(after) };
  if (words.before === words.after) return [];
  const kind = kindByFirst([badness[before.outcome], badness[after.outcome]], [climb(before), climb(after)]);
  return [{ kind, about: 'cell', id: after.id, ...words }];
}
