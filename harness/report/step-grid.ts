import { groupBy } from '../../kit/group-by';
import type { RunResult } from '../judge/result';
import { ladderTables, type LadderRow, type LadderTable } from './ladder-table';

/** Which step got through: a row for each firewall, a column for each scenario with each suite. */
export interface StepGrid {
  readonly columns: readonly LadderTable[];
  readonly rows: readonly StepRow[];
}

export interface StepRow {
  readonly firewall: LadderRow['firewall'];
  /** In the order of {@link StepGrid.columns}; undefined where nothing was measured. */
  readonly cells: readonly (LadderRow | undefined)[];
}

/**
 * Makes the grids of a run: one if it fits, else one for each suite, and of a suite that does not fit several. Where
 * the UE moves from one firewall to another the rows are others, so these scenarios have a grid of their own.
 *
 * @param fits says whether a grid is narrow enough; one of a single column is never split
 */
export function stepGrids(result: RunResult, fits: (grid: StepGrid) => boolean): StepGrid[] {
  const moving = new Set(result.cells.filter(({ to }) => to !== undefined).map(({ scenario }) => scenario));
  const isMoving = ({ scenario }: LadderTable): boolean => moving.has(scenario);
  const tables = ladderTables(result);
  const groups = [tables.filter((table) => !isMoving(table)), tables.filter(isMoving)];
  return groups.filter(({ length }) => length > 0).flatMap((columns) => split(columns, fits));
}

function split(tables: readonly LadderTable[], fits: (grid: StepGrid) => boolean): StepGrid[] {
  const whole = gridOf(tables);
  if (fits(whole)) return [whole];
  return [...groupBy(tables, ({ suite }) => suite).values()].flatMap((ofSuite) => {
    const parts: LadderTable[][] = [];
    for (const table of ofSuite) {
      const last = parts.at(-1);
      if (last && fits(gridOf([...last, table]))) last.push(table);
      else parts.push([table]);
    }
    return parts.map(gridOf);
  });
}

function gridOf(columns: readonly LadderTable[]): StepGrid {
  const firewalls = new Map(
    columns.flatMap(({ rows }) => rows.map(({ firewall }) => [firewall.id, firewall])),
  );
  const rows = [...firewalls.values()].map((firewall) => ({
    firewall,
    cells: columns.map((table) => table.rows.find((row) => row.firewall.id === firewall.id)),
  }));
  return { columns, rows };
}
