import Table from 'cli-table3';
import { createColors } from 'picocolors';
import { groupBy } from '../../kit/group-by';
import type { CellResult, ClaimResult, RunResult } from '../judge/result';
import { ladderTables, type LadderTable, type RungResult } from './ladder-table';
import { measurementTables, type MeasurementTable } from './measurement-table';
import { variantLegend, variantTables, variantWords } from './variant-table';
import {
  attemptWords,
  basisWords,
  boxesWords,
  catalogueWords,
  climbHead,
  climbLegend,
  climbWords,
  confidences,
  firewallWords,
  interruptedWords,
  isClimbMeasured,
  legendWords,
  missingWords,
  oneLine,
  outageWords,
  problemWords,
  roundsOf,
  rungWords,
  runWords,
  summaryWords,
  tableTitle,
  tellingAttempts,
  traversedShort,
  traversedWords,
} from './words';

/** Width of the report in columns. */
const width = 118;

type Paint = ReturnType<typeof createColors>;

/**
 * Returns the whole result for a terminal: the step that got through, then the rungs, the claims, the cells
 * that are not as expected, and the summary.
 * @param colours whether to use ANSI colours; no information is in the colour alone
 */
export function toTerminal(result: RunResult, colours: boolean): string {
  const paint = createColors(colours);
  const tables = ladderTables(result);
  const sections = [
    [[paint.bold('nimsfw-lab'), runWords(result)].join('  '), ...wrap(boxesWords(result), width)].join('\n'),
    ...(result.run.interrupted ? [paint.yellow(interruptedWords)] : []),
    ...missing(result, paint),
    ...(result.run.plan.variants ? variantMatrix(result, paint) : [overview(tables, paint)]),
    reconstruction(result, paint),
    [paint.bold('Rung by rung'), legendWords, ...wrap(climbLegend(result), width)].join('\n'),
    ...tables.map((table) => ladder(table, isClimbMeasured(result), paint)),
    ...measurementTables(result).map((table) => measurements(table, paint)),
    ...(result.claims.length > 0 ? [claims(result.claims, paint)] : []),
    ...problems(result, paint),
    summary(result, paint),
  ];
  return `${sections.join('\n\n').replace(/ +$/gm, '')}\n`;
}

function missing(result: RunResult, paint: Paint): string[] {
  const lines = [...outageWords(result), ...missingWords(result)].flatMap((line) => wrap(line, width));
  return lines.length > 0 ? [lines.map(paint.red).join('\n')] : [];
}

function overview(tables: readonly LadderTable[], paint: Paint): string {
  const parts = Array.from({ length: Math.ceil(tables.length / mostColumns) }, (_, index) =>
    tables.slice(index * mostColumns, (index + 1) * mostColumns),
  );
  const grids = parts.map((part) => overviewPart(part, paint));
  return `${paint.bold('Which step got through')}  (1 normal, 2 NAT traversal, 3 TLS on 443)\n${grids.join('\n\n')}`;
}

/** A table for each scenario and suite: variants of the lab by firewall. */
function variantMatrix(result: RunResult, paint: Paint): string[] {
  const grids = variantTables(result).map(({ scenario, suite, firewalls, rows }) => {
    const grid = newTable([`${scenario}, ${suite}`, ...firewalls], []);
    for (const { variant, cells } of rows)
      grid.push([
        oneLine(variant),
        ...cells.map((cell) =>
          cell ? paintOutcome(variantWords(cell), cell.outcome, cell.traversedAt !== null, paint) : '',
        ),
      ]);
    return grid.toString();
  });
  const title = `${paint.bold('Which step got through, by firewall')}\n${variantLegend}`;
  return [[title, ...grids].join('\n\n')];
}

/** Number of rung columns that fit side by side. */
const mostColumns = 6;

function overviewPart(tables: readonly LadderTable[], paint: Paint): string {
  const columns = tables.map((table) => `${table.scenario}\n${table.suite}`);
  const byFirewall = groupBy(
    tables.flatMap((table, column) => table.rows.map((row) => ({ column, row }))),
    ({ row }) => row.firewall.id,
  );
  const grid = newTable(['firewall', ...columns], [firewallColumn(tables)]);
  for (const entries of byFirewall.values()) {
    const { firewall } = entries[0]!.row;
    const words = columns.map((_, column) => {
      const row = entries.find((entry) => entry.column === column)?.row;
      return row ? paintOutcome(traversedWords(row), row.outcome, row.traversedAt !== null, paint) : '';
    });
    grid.push([firewallWords(firewall), ...words]);
  }
  return grid.toString();
}

function measurements(table: MeasurementTable, paint: Paint): string {
  const first = Math.min(28, Math.max(...table.rows.map(([name = '']) => name.length), 8) + 2);
  const grid = newTable([...table.head], [first]);
  for (const row of table.rows) grid.push([...row]);
  const legend = table.pairs === undefined ? [] : [paint.dim(table.pairs)];
  return [paint.bold(`Measured: ${tableTitle(table)}`), grid.toString(), ...legend].join('\n');
}

function reconstruction(result: RunResult, paint: Paint): string {
  const sure = confidences(result).map(({ firewalls, confidence }) => `${firewalls}: ${oneLine(confidence)}`);
  return [catalogueWords(result), ...sure.map((line) => `  ${line}`)]
    .flatMap((line) => wrap(line, width))
    .map(paint.dim)
    .join('\n');
}

function ladder(table: LadderTable, isMeasured: boolean, paint: Paint): string {
  const head = table.rungs.map((rung) => `step ${rung.step}\n${rung.via}`);
  const last = isMeasured ? [climbHead] : [];
  const grid = newTable(['firewall', ...head, 'through at', ...last], [firewallColumn([table])]);
  for (const { firewall, results, ...row } of table.rows) {
    grid.push([
      firewallWords(firewall),
      ...results.map((result) => paintRung(result, paint)),
      paintOutcome(traversedShort(row), row.outcome, row.traversedAt !== null, paint),
      ...(isMeasured ? [climbWords(row)] : []),
    ]);
  }
  const reasons = table.reasons.flatMap(({ letter, text }) => hang(letter.padStart(3), oneLine(text)));
  const title = `${paint.bold(tableTitle(table))}  (${table.suiteName})`;
  return [title, grid.toString(), ...reasons].join('\n');
}

function problems(result: RunResult, paint: Paint): string[] {
  const lines = result.cells.flatMap((cell) => problem(cell, paint));
  const contradicted = result.claims
    .filter((claim) => claim.verdict === 'contradicted')
    .flatMap((claim) => [
      paint.red(paint.bold(`! claim ${claim.id}: contradicted`)),
      ...hang('   ', `${oneLine(claim.statement)} (${oneLine(claim.source)})`),
      ...hang('   ', `rests on ${claim.cells.join(', ') || 'no cell'}`),
    ]);
  if (lines.length + contradicted.length === 0) return [];
  return [[paint.bold('Not as expected'), ...lines, ...contradicted].join('\n')];
}

function problem(cell: CellResult, paint: Paint): string[] {
  const words = problemWords(cell);
  if (!words) return [];
  const colour = cell.outcome === 'unexpected' ? paint.red : paint.yellow;
  const attempts = tellingAttempts(cell).flatMap((attempt) =>
    hang('   ', attemptWords(attempt, roundsOf(cell))),
  );
  return [colour(paint.bold(`! ${cell.id}: ${words}`)), ...attempts];
}

function claims(all: readonly ClaimResult[], paint: Paint): string {
  const colours = { confirmed: paint.green, contradicted: paint.red, untested: paint.dim };
  const grid = newTable(
    ['', 'verdict', 'claim', 'source', 'rests on'],
    [null, null, columnOf(all, 'statement', 60), columnOf(all, 'source', 20)],
    true,
  );
  for (const one of all) {
    const { id, verdict, statement, source } = one;
    const word = verdict === 'contradicted' ? `${verdict} !` : verdict;
    grid.push([id, colours[verdict](word), oneLine(statement), oneLine(source), basisWords(one)]);
  }
  return `${paint.bold('Claims')}  (CR: the change request to TR 33.830 clause 8.3)\n${grid.toString()}`;
}

function summary(result: RunResult, paint: Paint): string {
  const { unexpected, flaky, inconclusive, skipped } = result.summary;
  const wrong = unexpected > 0 || result.claims.some((claim) => claim.verdict === 'contradicted');
  const colour = wrong ? paint.red : flaky + inconclusive + skipped > 0 ? paint.yellow : paint.green;
  return colour(paint.bold(summaryWords(result)));
}

function paintRung(result: RungResult | undefined, paint: Paint): string {
  const words = rungWords(result);
  if (!result) return paint.dim(words);
  if (!result.asExpected) return paint.bold(paint.red(words));
  if (result.verdict === 'passed') return paint.green(words);
  if (result.verdict === 'unsupported') return paint.dim(words);
  return result.verdict === 'blocked' ? words : paint.yellow(words);
}

function paintOutcome(words: string, outcome: CellResult['outcome'], through: boolean, paint: Paint): string {
  if (outcome === 'unexpected') return paint.bold(paint.red(words));
  if (outcome === 'flaky' || outcome === 'inconclusive') return paint.yellow(words);
  if (outcome === 'skipped' || outcome === 'unsupported') return paint.dim(words);
  return through ? paint.green(words) : words;
}

/**
 * Returns a column as wide as its longest text, up to a limit at which the text wraps; two more columns are the
 * gap.
 */
const columnOf = (all: readonly ClaimResult[], field: 'statement' | 'source', limit: number): number =>
  Math.min(limit, Math.max(...all.map((claim) => claim[field].length), field.length) + 2);

/** Returns a column as wide as the longest name, up to a limit that leaves room for six rungs. */
function firewallColumn(tables: readonly LadderTable[]): number {
  const names = tables.flatMap((table) => table.rows.map((row) => firewallWords(row.firewall).length));
  return Math.min(28, Math.max(...names, 8) + 2);
}

/**
 * Makes a table with a rule below its head and no other lines. A title that is longer than a given column width
 * is cut.
 */
function newTable(head: string[], colWidths: (number | null)[], wordWrap = false): Table.Table {
  return new Table({
    head,
    colWidths,
    wordWrap,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
    chars: {
      ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
      ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
      ...{ left: '  ', 'left-mid': '  ', mid: '─', 'mid-mid': '', right: '', 'right-mid': '', middle: '' },
    },
  });
}

/** Returns a paragraph after a short label, with its further lines indented below the first. */
function hang(label: string, text: string): string[] {
  const [first = '', ...rest] = wrap(text, width - label.length - 2);
  return [`${label}  ${first}`, ...rest.map((line) => `${' '.repeat(label.length)}  ${line}`)];
}

/** Breaks between words; a word longer than a line stays whole. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/(?<=\S) /)) {
    const line = lines.at(-1);
    if (line !== undefined && `${line} ${word}`.length <= columns)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
