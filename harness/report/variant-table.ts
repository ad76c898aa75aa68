import { groupBy } from '../../kit/group-by';
import type { CellResult, Outcome, RunResult } from '../judge/result';
import { firewallOf } from './ladder-table';

/** What became of one scenario with one suite and security: a row for each variant of the lab, a column for each firewall. */
export interface VariantTable {
  readonly scenario: string;
  readonly suite: CellResult['suite'];
  readonly security: CellResult['security'];
  /** Ids of the firewalls, or of both if the UE moves. */
  readonly firewalls: readonly string[];
  readonly rows: readonly VariantRow[];
}

export interface VariantRow {
  readonly variant: string;
  /** In the order of {@link VariantTable.firewalls}; undefined for a cell that was not measured. */
  readonly cells: readonly (CellResult | undefined)[];
}

/** Makes the tables of a run over several variants, in the order of its scenarios and suites; none for a run of one lab. */
export function variantTables(result: RunResult): VariantTable[] {
  const { firewalls, variants } = result.run.plan;
  if (!variants) return [];
  const known = result.run.firewalls;
  const groups = groupBy(
    result.cells,
    ({ scenario, suite, security }) => `${scenario}\n${suite}\n${security}`,
  );
  return [...groups.values()].map((cells) => {
    const { scenario, suite, security } = cells[0]!;
    const columnOf = (cell: CellResult): string => firewallOf(cell, known).id;
    const measured = [...new Set(cells.map(columnOf))];
    const columns = [
      ...firewalls.filter((id) => measured.includes(id)),
      ...measured.filter((id) => !firewalls.includes(id)),
    ];
    const rows = variants.map(({ name: variant }) => ({
      variant,
      cells: columns.map((id) => cells.find((cell) => cell.variant === variant && columnOf(cell) === id)),
    }));
    const isMeasured = ({ cells: some }: VariantRow): boolean => some.some((cell) => cell !== undefined);
    return { scenario, suite, security, firewalls: columns, rows: rows.filter(isMeasured) };
  });
}

/** The sign of a cell of which no step is said, by its outcome. */
const signs: Partial<Record<Outcome, string>> = {
  unsupported: '-',
  inconclusive: '?',
  flaky: '~',
  skipped: '.',
};

/** Returns a cell in a few characters: the step that got through, or 0 if none did, and `!` if that was not expected. */
export function variantWords(cell: CellResult | undefined): string {
  if (!cell) return '';
  return signs[cell.outcome] ?? `${cell.traversedAt ?? 0}${cell.outcome === 'unexpected' ? '!' : ''}`;
}

/** The meaning of what {@link variantWords} returns. */
export const variantLegend =
  '1-3 the step that got through   0 none did   ! not as expected   - the phone cannot do it   ~ flaky   ? not judged   . not finished';
