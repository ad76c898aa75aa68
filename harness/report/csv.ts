import type { AttemptResult, CellResult, RunResult } from '../judge/result';
import { blockedBy } from '../judge/verdict';
import { asText } from './as-text';
import type { ReporterKind } from './reporter';

export const csv: ReporterKind = {
  name: 'csv',
  format: toCsv,
  file: 'measurements.csv',
  written: 'when asked',
  readBy: 'programs',
};

type Value = string | number;

/** The columns of the table; docs/measurements.md says what stands in them. */
const columns = [
  ...['run', 'cell', 'variant', 'firewall', 'to', 'scenario', 'suite', 'security', 'outcome'],
  ...['round', 'at', 'step', 'rung', 'verdict', 'expected', 'rule'],
  ...['name', 'value', 'unit', 'source', 'catalogue'],
] as const;

type Row = Readonly<Partial<Record<(typeof columns)[number], Value | undefined>>>;

/**
 * Returns the result as one tidy table in CSV (RFC 4180): of each attempt a row for its verdict, one for its duration
 * and one for each measurement. A cell that was not tried has one row, whose verdict is empty.
 */
export function toCsv(raw: RunResult): string {
  const { run, cells } = asText(raw);
  const versions = new Set(run.origins.map(({ tool }) => tool.measurements ?? 'none'));
  const ofRun: Row = { run: run.id, catalogue: [...versions].join('+') };
  const rows = cells.flatMap((cell) => rowsOf(cell).map((row) => ({ ...ofRun, ...row })));
  const lines = rows.map((row) => columns.map((column) => field(row[column] ?? '')));
  return [columns, ...lines].map((fields) => `${fields.join(',')}\r\n`).join('');
}

function rowsOf(cell: CellResult): Row[] {
  const { id, variant, firewall, to, scenario, suite, security, outcome, attempts } = cell;
  const ofCell: Row = { cell: id, variant, firewall, to, scenario, suite, security, outcome };
  if (attempts.length === 0) return [{ ...ofCell, name: 'verdict' }];
  return attempts.flatMap((attempt) => attemptRows(attempt).map((row) => ({ ...ofCell, ...row })));
}

function attemptRows(attempt: AttemptResult): Row[] {
  const { round, at, step, via, verdict, expected, durationMs, measurements = [] } = attempt;
  const ofAttempt: Row = { round, at, step, rung: via, verdict, expected, rule: blockedBy(attempt) };
  return [
    { name: 'verdict', value: verdict },
    { name: 'duration', value: durationMs, unit: 'ms' },
    ...measurements.map(({ name, value, unit, source }) => ({ name, value, unit, source })),
  ].map((row) => ({ ...ofAttempt, ...row }));
}

/**
 * Writes a field. A spreadsheet takes a text that begins with one of these characters for a formula, and would run what
 * a hostile server sent: such a text has an apostrophe before it, as OWASP advises ("CSV Injection"), and so has one that looks as
 * if it had got one, so that a reader can take it away again. Numbers are written as they are, also negative ones.
 */
function field(value: Value): string {
  const text =
    typeof value === 'string' && /^'*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(value)
      ? `'${value}`
      : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
