import type { PageData } from '../data';
import { isDeviation } from '../state/filter';
import { useHref } from './navigation';

/** The sections of the page. */
export function Contents({ data }: { readonly data: PageData }) {
  const href = useHref();
  const deviations = data.cells.filter(isDeviation).length;
  const sections = [
    { id: 'deviations', words: `Not as expected (${deviations})`, isThere: deviations > 0 },
    {
      id: 'changes',
      words: `Changes (${data.comparison?.changes.length})`,
      isThere: data.comparison !== undefined,
    },
    { id: 'claims', words: `Claims (${data.claims.length})`, isThere: data.claims.length > 0 },
    { id: 'firewalls', words: `Firewalls (${data.firewalls.length})`, isThere: true },
    { id: 'measurements', words: 'Measurements', isThere: data.measurements.length > 0 },
    { id: 'facts', words: 'How it was measured', isThere: true },
  ];
  return (
    <nav class="contents" aria-label="Sections">
      {sections
        .filter(({ isThere }) => isThere)
        .map(({ id, words }) => (
          <a key={id} href={href({ at: id })}>
            {words}
          </a>
        ))}
    </nav>
  );
}
