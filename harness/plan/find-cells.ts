import { nearMatch } from '../../kit/near-match';
import { fitsStars } from '../../kit/star-pattern';
import { LabError } from '../lab/lab-error';

/** A cell, of a plan or of a result. */
interface Named {
  readonly id: string;
}

/**
 * Returns the cells of these names, in the order in which the cells are given and each once. A name is the id of a cell or
 * its beginning up to a slash, such as `6` or `6/register`, and `*` in it stands for anything. The id of a cell names that
 * cell alone, also where the id of another begins with it.
 *
 * @throws LabError `UNKNOWN_CELL`, which names a near match
 */
export function findCells<C extends Named>(cells: readonly C[], names: readonly string[]): C[] {
  const found = new Set<C>();
  for (const name of names) {
    const own = cells.filter(({ id }) => id === name);
    const named = own.length > 0 ? own : cells.filter(({ id }) => isNamed(id, name));
    if (named.length === 0) throw unknownCell(name, cells);
    for (const cell of named) found.add(cell);
  }
  return cells.filter((cell) => found.has(cell));
}

/** Says whether an id, or its beginning up to a slash, is so named. */
function isNamed(id: string, name: string): boolean {
  const pattern = name.replace(/\/+$/, '');
  const ends = [...id.matchAll(/\/|$/g)].map(({ index }) => index);
  return ends.some((end) => fitsStars(id.slice(0, end), pattern));
}

function unknownCell(name: string, cells: readonly Named[]): LabError {
  const ids = cells.map(({ id }) => id);
  // What is left out at the end may be the slip, so a beginning is compared with beginnings of as many parts.
  const parts = name.split('/').length;
  const near =
    nearMatch(name, ids) ??
    nearMatch(name, [...new Set(ids.map((id) => id.split('/').slice(0, parts).join('/')))]);
  const some = ids.length > mostNamed ? `${ids.slice(0, mostNamed).join(', ')}...` : ids.join(', ');
  return new LabError(
    'UNKNOWN_CELL',
    `the run has no cell "${name}"; ${near === undefined ? 'it' : `did you mean ${near}? It`} has ${some || 'none'}`,
  );
}

/** Number of cells that an error lists. */
const mostNamed = 6;
