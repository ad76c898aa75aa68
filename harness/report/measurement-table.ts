import { groupBy } from '../../kit/group-by';
import { scenariosOf } from '../judge/known-scenarios';
import type { AttemptResult, CellResult, RunResult } from '../judge/result';
import { firewallOf } from './ladder-table';
import { firewallWords, stepWords } from './words';

/** The measurements of one scenario's services by firewall, from the first attempt that got through. */
export interface MeasurementTable {
  /** The same as in {@link LadderTable}. */
  readonly variant: string | undefined;
  readonly scenario: string;
  readonly suite: CellResult['suite'];
  readonly head: readonly string[];
  /** The meaning of the two values of a pair, if cells have pairs. */
  readonly pairs?: string;
  /** A row per firewall with as many cells as {@link head}; a cell is empty if it was not measured. */
  readonly rows: readonly (readonly string[])[];
}

/** Only a call is measured twice. */
const pairsOfCalls =
  'of two values, the first is of the call that the UE made, the second of the one that it got';

/** Makes the tables of a run, one for each suite of each scenario with measurements. */
export function measurementTables(result: RunResult): MeasurementTable[] {
  const columns = new Map(scenariosOf(result.run.plan).map((one) => [one.id, one.columns]));
  const measured = result.cells.filter((cell) => columns.get(cell.scenario)?.length && passed(cell));
  const groups = groupBy(measured, (cell) => [cell.variant, cell.scenario, cell.suite].join('\n'));
  return [...groups.values()].map((cells) => {
    const { variant, scenario, suite } = cells[0]!;
    const own = columns.get(scenario)!;
    return {
      variant,
      scenario,
      suite,
      ...(own.some(([, ...names]) => names.length > 1) ? { pairs: pairsOfCalls } : {}),
      head: ['firewall', 'step', ...own.map(([title]) => title)],
      rows: cells.map((cell) => [
        firewallWords(firewallOf(cell, result.run.firewalls)),
        stepWords(cell.traversedAt),
        ...own.map(([, ...names]) => valuesOf(passed(cell)!, names)),
      ]),
    };
  });
}

/** Returns the first attempt that got through, on the network that the UE moved to if it moved. */
function passed(cell: CellResult): AttemptResult | undefined {
  return cell.attempts.find(
    ({ verdict, at, measurements }) => verdict === 'passed' && at === cell.to && measurements !== undefined,
  );
}

/** Returns values such as `123 ms, 45 ms`. */
function valuesOf({ measurements = [] }: AttemptResult, names: readonly string[]): string {
  const words = names.flatMap((name) =>
    measurements.filter((one) => one.name === name).map(({ value, unit }) => withUnit(value, unit)),
  );
  return words.join(', ');
}

function withUnit(value: number | string, unit: string): string {
  if (typeof value === 'number' && unit === 'By' && value >= 1024) return `${value / 1024} KiB`;
  return [value, unit].filter((word) => word !== '').join(' ');
}
