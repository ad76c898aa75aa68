import { groupBy } from '../../kit/group-by';
import { scenariosOf } from '../judge/known-scenarios';
import type { CellResult, MeasurementResult, RunResult } from '../judge/result';
import { firewallOf } from './ladder-table';
import { overRounds, type MeasuredOverRounds } from './over-rounds';
import { firewallWords, stepWords } from './words';

/** The measurements of one scenario's services by firewall, from the first attempt of each round that got through. */
export interface MeasurementTable {
  /** The same as in {@link LadderTable}. */
  readonly variant: string | undefined;
  readonly scenario: string;
  readonly suite: CellResult['suite'];
  readonly security: CellResult['security'];
  readonly head: readonly string[];
  /** The meaning of the two values of a pair, if cells have pairs, and of what stands for several rounds. */
  readonly legend?: string;
  /** A row per firewall with as many cells as {@link head}; a cell is empty if it was not measured. */
  readonly rows: readonly (readonly string[])[];
}

/** Only a call is measured twice. */
const pairsOfCalls =
  'of two values, the first is of the call that the UE made, the second of the one that it got';

const valuesOfRounds =
  'of each measurement the median of the rounds that got through, and the 95th percentile in parentheses';

/** Makes the tables of a run, one for each suite and security of each scenario with measurements. */
export function measurementTables(result: RunResult): MeasurementTable[] {
  const columns = new Map(scenariosOf(result.run.plan).map((one) => [one.id, one.columns]));
  const isRepeated = result.run.plan.repeat > 1;
  // One time is in the result; several are worth a table even where nothing else is measured.
  const least = isRepeated ? 0 : 1;
  const measured = result.cells.filter(
    (cell) =>
      (columns.get(cell.scenario)?.length ?? 0) >= least && overRounds(cell).measurements.length > least,
  );
  const groups = groupBy(measured, (cell) =>
    [cell.variant, cell.scenario, cell.suite, cell.security].join('\n'),
  );
  return [...groups.values()].map((cells) => {
    const { variant, scenario, suite, security } = cells[0]!;
    const own = columns.get(scenario)!;
    const legend = [
      ...(own.some(([, ...names]) => names.length > 1) ? [pairsOfCalls] : []),
      ...(isRepeated ? [valuesOfRounds] : []),
    ];
    return {
      variant,
      scenario,
      suite,
      security,
      ...(legend.length > 0 ? { legend: legend.join('; ') } : {}),
      head: [
        'firewall',
        'step',
        ...(isRepeated ? ['got through in', 'took'] : []),
        ...own.map(([title]) => title),
      ],
      rows: cells.map((cell) => {
        const { passed, of, measurements } = overRounds(cell);
        return [
          firewallWords(firewallOf(cell, result.run.firewalls)),
          stepWords(cell.traversedAt),
          ...(isRepeated ? [`${passed} of ${of}`, valuesOf(measurements, ['duration'])] : []),
          ...own.map(([, ...names]) => valuesOf(measurements, names)),
        ];
      }),
    };
  });
}

/** Returns values such as `123 ms, 45 ms`, of several rounds `123 ms (140 ms)`. */
function valuesOf(measurements: readonly MeasuredOverRounds[], names: readonly string[]): string {
  return names.flatMap((name) => measurements.filter((one) => one.name === name).map(valueOf)).join(', ');
}

function valueOf({ values, statistics, unit }: MeasuredOverRounds): string {
  if (values.length === 1) return withUnit(values[0]!, unit);
  if (statistics) return `${withUnit(rounded(statistics.median), unit)} (${withUnit(statistics.p95, unit)})`;
  const counts = [...groupBy(values, String)].map(([value, of]) => `${value} ${of.length}x`);
  return counts.length === 1 ? String(values[0]) : counts.join(' or ');
}

/** The mean of two values in the middle need not have more digits than they have. */
const rounded = (value: number): number => Math.round(value * 100) / 100;

function withUnit(value: MeasurementResult['value'], unit: string): string {
  if (typeof value === 'number' && unit === 'By' && value >= 1024) return `${value / 1024} KiB`;
  return [value, unit].filter((word) => word !== '').join(' ');
}
