/**
 * Returns the link that an arrow key leads to from a link of a table, Home and End to the first and last one of the row;
 * undefined if there is none in that direction, or for another key. Places without a link are passed over.
 */
export function linkBeside(from: HTMLElement, key: string): HTMLElement | undefined {
  const place = from.closest('td');
  const row = place?.closest('tr');
  const table = row?.closest('table');
  if (!place || !row || !table) return undefined;
  const inRow = linksOf([...row.cells]);
  const rows = [...table.rows];
  const inColumn = (some: readonly HTMLTableRowElement[]): HTMLElement[] =>
    linksOf(some.flatMap(({ cells }) => cells[place.cellIndex] ?? []));
  switch (key) {
    case 'ArrowRight':
      return linksOf([...row.cells].slice(place.cellIndex + 1))[0];
    case 'ArrowLeft':
      return linksOf([...row.cells].slice(0, place.cellIndex)).at(-1);
    case 'ArrowDown':
      return inColumn(rows.slice(row.rowIndex + 1))[0];
    case 'ArrowUp':
      return inColumn(rows.slice(0, row.rowIndex)).at(-1);
    case 'Home':
      return inRow[0];
    case 'End':
      return inRow.at(-1);
    default:
      return undefined;
  }
}

const linksOf = (places: readonly HTMLTableCellElement[]): HTMLElement[] =>
  places.flatMap((place) => [...place.querySelectorAll<HTMLElement>('td > a')].slice(0, 1));
