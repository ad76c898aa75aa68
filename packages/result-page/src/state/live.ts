import type { PageCell, PageData } from '../data';

/** How a page stands with a run that goes on: it does not ask, it is told, or nobody answers. */
export type Connection = 'none' | 'connected' | 'lost';

/** Puts a cell in the place of the one of its name, or behind the others. */
export function withCell(data: PageData, cell: PageCell): PageData {
  const isNew = !data.cells.some(({ id }) => id === cell.id);
  const cells = isNew ? [...data.cells, cell] : data.cells.map((one) => (one.id === cell.id ? cell : one));
  return { ...data, cells };
}

/** Returns how many of the cells are done. */
export const cellsDone = ({ cells }: PageData): number =>
  cells.filter(({ outcome }) => outcome !== 'pending' && outcome !== 'running').length;
