import type { PageCell, PageChange, PageData, PageOutcome } from '../data';
import { filterLists, type Filter, type FilterList } from './view';

/** Returns the cells that a filter lets through. */
export function filteredCells(data: PageData, filter: Filter): PageCell[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const changes = changesByCell(data);
  return data.cells.filter((cell) => {
    const has = (name: FilterList): boolean => {
      const wanted: readonly string[] = filter[name];
      return wanted.length === 0 || valuesOf(cell, name, changes).some((value) => wanted.includes(value));
    };
    return filterLists.every(has) && (words.length === 0 || hasWords(cell, words, data));
  });
}

/** Returns the values of a cell that a list of the filter is about. */
export function valuesOf(
  cell: PageCell,
  name: FilterList,
  changes: ReadonlyMap<string, unknown>,
): readonly string[] {
  switch (name) {
    case 'variant':
      return cell.variant === undefined ? [] : [cell.variant];
    case 'firewall':
      return cell.to === undefined ? [cell.firewall] : [cell.firewall, cell.to];
    case 'outcome':
      return [
        cell.outcome,
        ...(cell.known === undefined ? [] : ['known']),
        ...(changes.has(cell.id) ? ['changed'] : []),
      ];
    case 'step':
      return isMeasured(cell) ? [cell.traversedAt === null ? 'none' : String(cell.traversedAt)] : [];
    case 'scenario':
    case 'suite':
      return [cell[name]];
  }
}

/** Says whether a step, or none, can be told of a cell. */
export const isMeasured = ({ outcome }: PageCell): boolean =>
  outcome === 'expected' || outcome === 'unexpected' || outcome === 'flaky';

/** Returns the changes against another run by the id of their cell. */
export const changesByCell = ({ comparison }: PageData): ReadonlyMap<string, PageChange> =>
  new Map(comparison?.changes.map((change) => [change.cell, change]));

function hasWords(cell: PageCell, words: readonly string[], { firewalls }: PageData): boolean {
  const firewall = firewalls.find(({ id }) => id === cell.firewall);
  const { id, brief, explanation, known, outcome, attempts } = cell;
  const tried = attempts.flatMap((attempt) => [attempt.rung, attempt.reason]);
  const text = [id, brief, explanation, known, outcome, firewall?.title, ...tried].join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The outcomes in the order in which they are listed. */
export const outcomes = [
  'expected',
  'unexpected',
  'flaky',
  'inconclusive',
  'unsupported',
  'skipped',
  'running',
  'pending',
] as const satisfies readonly PageOutcome[];

/** Returns the values that a list of the filter can have: those that occur, in the order of the page. */
export function filterValues(data: PageData, name: FilterList): string[] {
  const changes = changesByCell(data);
  const occurring = new Set(data.cells.flatMap((cell) => valuesOf(cell, name, changes)));
  const listed: Readonly<Record<FilterList, readonly string[]>> = {
    variant: data.variants,
    firewall: data.firewalls.map(({ id }) => id),
    scenario: data.scenarios.map(({ id }) => id),
    suite: data.suites.map(({ id }) => id),
    outcome: [...outcomes, 'known', 'changed'],
    step: [...data.steps.map(({ step }) => String(step)), 'none'],
  };
  return [...new Set([...listed[name], ...occurring])].filter((value) => occurring.has(value));
}

/** Says whether a cell is one that did not come out as expected. */
export const isDeviation = ({ outcome }: PageCell): boolean =>
  outcome === 'unexpected' || outcome === 'flaky' || outcome === 'inconclusive';
