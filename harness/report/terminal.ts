import Table from 'cli-table3';
import { createColors } from 'picocolors';
import { plural } from '../../kit/words';
import { groupBy } from '../../kit/group-by';
import type { CellResult, ClaimResult, RunResult } from '../judge/result';
import { asText } from './as-text';
import type { LadderRow } from './ladder-table';
import { measurementTables } from './measurement-table';
import { partsWithin } from './parts';
import { cut, hang, widthOf, wrap } from './paragraph';
import { refusalsOf } from './refusals';
import { stepGrids, type StepGrid } from './step-grid';
import { variantLegend, variantTables, variantWords, type VariantTable } from './variant-table';
import {
  attemptWords,
  basisWords,
  boxesWords,
  catalogueWords,
  climbLegend,
  climbWords,
  confidences,
  firewallWords,
  interruptedWords,
  isClimbMeasured,
  knownProblemWords,
  missingWords,
  outageWords,
  problemWords,
  roundsOf,
  runWords,
  summaryWords,
  suiteWords,
  tableTitle,
  tellingAttempts,
  traversedShort,
  unmeasuredWords,
} from './words';

/** Columns of a terminal that does not say how many it has, and of a pipe. No line is longer. */
export const usualColumns = 80;

/** A wider terminal is used up to here, since longer lines are hard to read. */
const mostColumns = 120;

/** Number of cells, and of attempts of each, that are explained when they are not as expected. */
const mostProblems = { cells: 12, attempts: 3 };

/** Number of cells whose measurements are shown. */
const mostMeasured = 4;

/** Number of reasons for which something was not measured that are shown; `table.md` has them all. */
const mostUnmeasured = 4;

/** Where a result is shown. */
interface Screen {
  readonly columns: number;
  readonly paint: ReturnType<typeof createColors>;
}

/**
 * Returns a result for a terminal. It ends with what a reader looks for first, since that is where the cursor stands
 * after a long run: the step that got through, and the summary. Before that comes what explains it, in the order in
 * which it is asked for from the end upwards: what was not as expected, the claims, and which rule refused what. The
 * reason of each attempt and all measurements are in `table.md` ({@link toMarkdown}) and only named here.
 *
 * @param colours whether to use ANSI colours; no information is in the colour alone
 * @param columns of the terminal; fewer than 80 are taken for 80
 */
export function toTerminal(result: RunResult, colours: boolean, columns: number = usualColumns): string {
  const screen = {
    columns: Math.min(mostColumns, Math.max(usualColumns, columns)),
    paint: createColors(colours),
  };
  const harmless = asText(result);
  const sections = [head, refusals, measured, claims, problems, steps, summary];
  const texts = sections.map((section) => section(harmless, screen).join('\n')).filter((text) => text !== '');
  return `${texts.join('\n\n').replace(/ +$/gm, '')}\n`;
}

/** Makes the lines of a part of the report; none if it has nothing to say. */
type Section = (result: RunResult, screen: Screen) => string[];

const head: Section = (result, { paint, columns }) => {
  const name = 'nimsfw-lab';
  const [first = '', ...rest] = hang(`${name}  `, runWords(result), columns);
  const warnings = [
    ...(result.run.interrupted ? [interruptedWords] : []),
    ...outageWords(result),
    ...missingWords(result),
    ...knownProblemWords(result),
  ].flatMap((line) => wrap(line, columns));
  return [
    first.replace(name, paint.bold(name)),
    ...rest,
    ...wrap(boxesWords(result), columns),
    ...(warnings.length > 0 ? ['', ...warnings.map(paint.red)] : []),
  ];
};

const refusals: Section = (result, { paint, columns }) => {
  // In a run over variants the question is who gets through, and the table of each variant has its own answer.
  const all = result.run.plan.variants ? [] : refusalsOf(result);
  if (all.length === 0) return [];
  const first = widest(['firewall', ...all.map(({ firewalls }) => firewalls)], 18);
  const second = widest(['rule', ...all.map(({ rule }) => rule)], 28);
  const grid = newTable(
    ['firewall', 'rule', 'step and way'],
    [first, second, columns - indent - first - second],
    true,
  );
  for (const { firewalls, rule, rungs } of all) grid.push([firewalls, rule, rungs.replaceAll('; ', '\n')]);
  return [paint.bold('Which rule refused what'), grid.toString()];
};

/** Tells what was measured besides, of a few cells; of more there is no room, so the measurements are only named. */
const measured: Section = (result, { paint, columns }) => {
  const tables = measurementTables(result);
  if (tables.length === 0) return [];
  const rows = tables.flatMap(({ rows, ...of }) => rows.map((row) => ({ ...of, row })));
  if (rows.length <= mostMeasured)
    return [
      paint.bold('Measured too'),
      ...rows.flatMap(({ head, row, ...of }) => {
        const [firewall, , ...values] = row;
        const words = values.flatMap((value, index) => (value === '' ? [] : [`${head[index + 2]} ${value}`]));
        return [
          `  ${cut(`${firewall}: ${tableTitle(of)}`, columns - 2)}`,
          ...hang('    ', words.join('; '), columns),
        ];
      }),
      ...new Set(
        tables.flatMap(({ legend }) => (legend === undefined ? [] : hang('  ', `(${legend})`, columns))),
      ),
    ];
  const byScenario = groupBy(tables, ({ scenario }) => scenario);
  const names = [...byScenario].map(([scenario, [table]]) => {
    const [, , ...titles] = table!.head;
    return `${scenario} (${titles.join(', ')})`;
  });
  return [paint.bold('Measured too, in table.md'), ...hang('  ', names.join('; '), columns)];
};

const claims: Section = ({ claims: all }, { paint, columns }) => {
  if (all.length === 0) return [];
  const colours = { confirmed: paint.green, contradicted: paint.red };
  const of = (verdict: ClaimResult['verdict']): ClaimResult[] =>
    all.filter((claim) => claim.verdict === verdict);
  const label = Math.max(...all.map(({ id }) => widthOf(id))) + 6;
  const decided = (['confirmed', 'contradicted'] as const).flatMap((verdict) => [
    ...(of(verdict).length > 0 ? [`  ${colours[verdict](verdictWords(verdict))}`] : []),
    ...of(verdict).flatMap((claim) => hang(`    ${claim.id}`.padEnd(label), claimWords(claim), columns)),
  ]);
  // What an untested claim says is of no use here, and a run of few cells leaves most of them untested.
  const untested = of('untested').map(({ id }) => id);
  return [
    `${paint.bold('Claims')}  (CR: the change request to TR 33.830 clause 8.3)`,
    ...(untested.length > 0
      ? hang('  ', `untested: ${untested.join(', ')}`, columns).map((line) => paint.dim(line))
      : []),
    ...decided,
  ];
};

const verdictWords = (verdict: ClaimResult['verdict']): string =>
  verdict === 'contradicted' ? `${verdict} !` : verdict;

const claimWords = (claim: ClaimResult): string =>
  `${claim.statement} (${claim.source}; ${basisWords(claim)})`;

const problems: Section = (result, screen) => {
  const { paint, columns } = screen;
  // News come before what is known.
  const wrong = result.cells
    .filter((cell) => problemWords(cell) !== undefined)
    .sort((a, b) => Number(a.known !== undefined) - Number(b.known !== undefined));
  const told = wrong.slice(0, mostProblems.cells);
  const left = wrong.length - told.length;
  const contradicted = result.claims.filter(({ verdict }) => verdict === 'contradicted');
  const lines = [
    ...told.flatMap((cell) => problem(cell, screen)),
    ...(left > 0 ? [`  and ${plural(left, 'cell')} more, see table.md`] : []),
    ...contradicted.flatMap((claim) => contradiction(claim, screen)),
  ];
  return lines.length === 0
    ? []
    : [paint.bold('Not as expected'), ...lines.map((line) => cut(line, columns))];
};

function problem(cell: CellResult, { paint, columns }: Screen): string[] {
  const colour = cell.outcome === 'unexpected' && !cell.known ? paint.red : paint.yellow;
  const attempts = tellingAttempts(cell);
  const left = attempts.length - mostProblems.attempts;
  return [
    ...hang('! ', `${cell.id}: ${problemWords(cell)}`, columns).map((line) => colour(paint.bold(line))),
    ...attempts
      .slice(0, mostProblems.attempts)
      .flatMap((attempt) => hang('     ', attemptWords(attempt, roundsOf(cell)), columns)),
    ...(left > 0 ? [`     and ${plural(left, 'attempt')} more`] : []),
  ];
}

function contradiction(
  { id, statement, source, cells, known }: ClaimResult,
  { paint, columns }: Screen,
): string[] {
  return [
    ...hang('! ', `claim ${id}: contradicted${known ? ', by known deviations alone' : ''}`, columns).map(
      (line) => paint.red(paint.bold(line)),
    ),
    ...hang('     ', `${statement} (${source})`, columns),
    ...hang('     ', `rests on ${cells.join(', ') || 'no cell'}`, columns),
  ];
}

/** The table: which step got through which firewall, after what a reader has to know of the firewalls. */
const steps: Section = (result, screen) => {
  const { paint, columns } = screen;
  const notes = [
    catalogueWords(result),
    ...confidences(result).map(({ firewalls, confidence }) => `  ${firewalls}: ${confidence}`),
    ...(isClimbMeasured(result) ? [climbLegend(result)] : []),
  ];
  const { variants } = result.run.plan;
  const title = variants ? 'Which step got through, by firewall' : 'Which step got through';
  const legend = variants ? wrap(variantLegend, columns) : ['(1 normal, 2 NAT traversal, 3 TLS on 443)'];
  const grids = variants
    ? variantTables(result).flatMap((table) => variantGrids(table, screen))
    : stepGrids(result, (grid) => gridWidth(grid, result) <= columns).map((grid) =>
        stepTable(grid, result, screen),
      );
  return [
    ...notes.flatMap((note) => hang(/^ */.exec(note)![0], note.trimStart(), columns)).map(paint.dim),
    '',
    `${paint.bold(title)}${variants ? '' : `  ${legend.join('')}`}`,
    ...(variants ? legend : []),
    grids.join('\n\n'),
    ...unmeasuredWords(result)
      .slice(0, mostUnmeasured)
      .flatMap((line) => hang('  ', line, columns))
      .map(paint.dim),
  ];
};

const summary: Section = (result, { paint, columns }) => {
  const { unexpected, flaky, inconclusive, skipped } = result.summary;
  const wrong =
    result.cells.some(({ outcome, known }) => outcome === 'unexpected' && !known) ||
    result.claims.some(({ verdict, known }) => verdict === 'contradicted' && !known);
  const colour = wrong
    ? paint.red
    : unexpected + flaky + inconclusive + skipped > 0
      ? paint.yellow
      : paint.green;
  return summaryWords(result)
    .split(/(?<=;) /)
    .flatMap((line) => wrap(line, columns))
    .map((line) => colour(paint.bold(line)));
};

function stepTable(grid: StepGrid, result: RunResult, { paint, columns }: Screen): string {
  const [, ...others] = columnWidths(grid, result);
  const room = columns - indent - others.reduce((sum, width) => sum + width, 0);
  const first = Math.max(namesWidth(grid, leastNames), namesWidth(grid, room));
  const table = newTable(['firewall', ...grid.columns.map(columnTitle)], [first, ...others]);
  for (const { firewall, cells } of grid.rows)
    table.push([
      firewallWords(firewall),
      ...cells.map((row) =>
        row ? paintOutcome(stepWords(row, result), row.outcome, row.traversedAt !== null, paint) : '',
      ),
    ]);
  return table.toString();
}

const columnTitle = ({ scenario, ...of }: StepGrid['columns'][number]): string =>
  `${scenario}\n${suiteWords(of)}`;

/** Returns the step that got through, and what climbing to it took if that was measured. */
const stepWords = (row: LadderRow, result: RunResult): string =>
  isClimbMeasured(result) && row.climbMs !== undefined
    ? `${traversedShort(row)}, ${climbWords(row)}`
    : traversedShort(row);

const gridWidth = (grid: StepGrid, result: RunResult): number =>
  columnWidths(grid, result).reduce((sum, width) => sum + width, indent) - gap;

function columnWidths({ columns, rows }: StepGrid, result: RunResult): number[] {
  const words = (index: number): string[] =>
    rows.flatMap(({ cells: { [index]: row } }) => (row ? [stepWords(row, result)] : []));
  return [
    namesWidth({ rows }, leastNames),
    ...columns.map((column, index) => widest([...columnTitle(column).split('\n'), ...words(index)], 26)),
  ];
}

/** The columns that the names of firewalls may take in any case. */
const leastNames = 26;

const namesWidth = ({ rows }: Pick<StepGrid, 'rows'>, limit: number): number =>
  widest(['firewall', ...rows.map(({ firewall }) => firewallWords(firewall))], limit);

/** Makes the tables of a scenario and suite: variants of the lab by firewall, as many firewalls as have room. */
function variantGrids({ firewalls, rows, ...of }: VariantTable, { columns, paint }: Screen): string[] {
  const title = tableTitle(of);
  const first = widest([title, ...rows.map(({ variant }) => variant)], 30);
  const widths = firewalls.map((id, index) =>
    widest([id, ...rows.map(({ cells }) => variantWords(cells[index]))], 20),
  );
  return partsWithin(widths, columns + gap - indent - first).map(([from, to]) => {
    const grid = newTable([title, ...firewalls.slice(from, to)], [first, ...widths.slice(from, to)]);
    for (const { variant, cells } of rows)
      grid.push([
        variant,
        ...cells
          .slice(from, to)
          .map((cell) =>
            cell ? paintOutcome(variantWords(cell), cell.outcome, cell.traversedAt !== null, paint) : '',
          ),
      ]);
    return grid.toString();
  });
}

function paintOutcome(
  words: string,
  outcome: CellResult['outcome'],
  through: boolean,
  paint: Screen['paint'],
): string {
  if (outcome === 'unexpected') return paint.bold(paint.red(words));
  if (outcome === 'flaky' || outcome === 'inconclusive') return paint.yellow(words);
  if (outcome === 'skipped' || outcome === 'unsupported') return paint.dim(words);
  return through ? paint.green(words) : words;
}

/** Columns before a table, and between two columns of it. */
const indent = 2;
const gap = 2;

/** Returns a column as wide as the widest of its texts, up to a limit at which they are cut, and the gap after it. */
const widest = (texts: readonly string[], limit: number): number =>
  Math.min(limit, Math.max(...texts.map(widthOf))) + gap;

/** Makes a table with a rule below its head and no other lines. What is wider than its column is cut, or wraps. */
function newTable(head: string[], colWidths: number[], wordWrap = false): Table.Table {
  return new Table({
    head,
    colWidths,
    wordWrap,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap, compact: true },
    chars: {
      ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
      ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
      ...{ left: ' '.repeat(indent), 'left-mid': ' '.repeat(indent), right: '', 'right-mid': '' },
      ...{ mid: '─', 'mid-mid': '', middle: '' },
    },
  });
}
