import { groupBy } from '../../kit/group-by';
import type { RunResult } from '../judge/result';
import { asText } from './as-text';
import { latexText } from './latex-text';
import { measurementTables, type MeasurementTable } from './measurement-table';
import { partsWithin } from './parts';
import type { ReporterKind } from './reporter';
import { stepGrids, type StepGrid } from './step-grid';
import { variantLegend, variantTables, variantWords, type VariantTable } from './variant-table';
import {
  confidences,
  firewallWords,
  isReconstruction,
  runWords,
  suiteWords,
  tableTitle,
  traversedShort,
} from './words';

export const latex: ReporterKind = {
  name: 'latex',
  format: toLatex,
  file: 'tables.tex',
  written: 'when asked',
  readBy: 'programs',
};

/**
 * Returns the tables of a result for a paper in LaTeX: which step got through, and what was measured, each in a float
 * with rules of `booktabs` and a caption that says what is reconstruction. A paper takes the file by `\input`; alone it is
 * a document of its own.
 */
export function toLatex(raw: RunResult): string {
  const result = asText(raw);
  const floats = [
    ...(result.run.plan.variants
      ? variantTables(result).map((table) => variantFloat(table, result))
      : stepGrids(result, (grid) => widthOf(stepTable(grid)) <= mostCharacters).map((grid) =>
          stepFloat(grid, result),
        )),
    ...measurementTables(result).flatMap((table) => measurementFloats(table, result)),
  ];
  return `${[head(result), ...floats, '\\nimsfwend'].join('\n\n')}\n`;
}

/**
 * Begins a document unless one has begun, which \@nodocument tells: LaTeX lets it be \relax at \begin{document}. A paper
 * has loaded the packages itself.
 */
const head = ({ run }: RunResult): string =>
  `% Tables of run ${latexText(run.id)}, made by nimsfw-lab. They need the packages booktabs and fontenc with T1.
\\expandafter\\ifx\\csname @nodocument\\endcsname\\relax
  \\let\\nimsfwend\\relax
\\else
  \\documentclass[a4paper]{article}
  \\usepackage[T1]{fontenc}
  \\usepackage{booktabs}
  \\begin{document}
  \\def\\nimsfwend{\\end{document}}
\\fi`;

/** Characters of the font \footnotesize that fit on a line of an article. */
const mostCharacters = 84;

/** A table whose head may be several lines, all of it escaped already. */
interface TexTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Estimates the characters on a line; LaTeX puts as much as three between two columns. */
const widthOf = ({ head, rows }: Pick<TexTable, 'head' | 'rows'>): number =>
  columnWidths([head, ...rows]).reduce((sum, width) => sum + width, 0);

const columnWidths = (lines: readonly (readonly string[])[]): number[] =>
  lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)) + 3);

function float(caption: string, headLines: readonly string[], rows: TexTable['rows']): string {
  const columns = rows[0]?.length ?? 1;
  return [
    '\\begin{table}[htbp]',
    '\\centering\\footnotesize',
    `\\caption{${caption}}`,
    `\\begin{tabular}{${'l'.repeat(columns)}}`,
    '\\toprule',
    ...headLines,
    '\\midrule',
    ...rows.map(line),
    '\\bottomrule',
    '\\end{tabular}',
    '\\end{table}',
  ].join('\n');
}

const line = (cells: readonly string[]): string => `${cells.join(' & ')} \\\\`;

function stepTable({ columns, rows }: StepGrid): TexTable {
  return {
    head: ['firewall', ...columns.map(suiteWords)].map(latexText),
    rows: rows.map(({ firewall, cells }) =>
      [
        firewallWords(firewall),
        ...cells.map((row) => (row ? traversedShort(row).replace(/^step /, '') : '')),
      ].map(latexText),
    ),
  };
}

function stepFloat(grid: StepGrid, result: RunResult): string {
  const { head, rows } = stepTable(grid);
  const scenarios = [...groupBy(grid.columns, ({ scenario }) => scenario)];
  const spans = scenarios.map(
    ([scenario, { length }]) => `\\multicolumn{${length}}{l}{${latexText(scenario)}}`,
  );
  const caption = `Which step of the ladder got through: 1 normal procedures, 2 NAT traversal, 3 TLS on port 443. ${origin(result)}`;
  return float(latexText(caption), [line(['', ...spans]), line(head)], rows);
}

function variantFloat({ firewalls, rows, ...of }: VariantTable, result: RunResult): string {
  const caption = `Which step of the ladder got through, by firewall: ${tableTitle(of)} (${variantLegend.replace(/ {3}/g, '; ')}). ${origin(result)}`;
  return float(
    latexText(caption),
    [line(['variant', ...firewalls].map(latexText))],
    rows.map(({ variant, cells }) => [variant, ...cells.map(variantWords)].map(latexText)),
  );
}

/** Makes the tables of a scenario's measurements, as many columns in each as have room beside the firewall. */
function measurementFloats({ head, rows, legend, ...of }: MeasurementTable, result: RunResult): string[] {
  const [names = 0, step = 0, ...widths] = columnWidths([head, ...rows]);
  const parts = partsWithin(widths, mostCharacters - names - step);
  return parts.map(([from, to], index) => {
    const part = (cells: readonly string[]): string[] =>
      [...cells.slice(0, 2), ...cells.slice(2 + from, 2 + to)].map(latexText);
    const number = parts.length === 1 ? '' : `, ${index + 1} of ${parts.length}`;
    const twice = legend === undefined ? '' : ` (${legend})`;
    const caption = `Measured: ${tableTitle(of)}${number}${twice}. ${origin(result)}`;
    return float(latexText(caption), [line(part(head))], rows.map(part));
  });
}

/** Says of which run the table is, and what is known of the firewalls in it. */
function origin(result: RunResult): string {
  const sure = confidences(result).map(({ firewalls, confidence }) => `${firewalls}: ${confidence}`);
  const version = new Set(result.run.origins.map(({ tool }) => tool.version));
  return `${firewallsWords(result)} (${sure.join('; ')}). Measured with nimsfw-lab ${[...version].join(', ')} on ${result.run.startedAt.slice(0, 10)}: ${runWords(result)}.`;
}

const firewallsWords = (result: RunResult): string =>
  isReconstruction(result)
    ? "The firewalls are a reconstruction, since TR 33.830's own table of types 1-9 is not available"
    : "The firewalls are those of a catalogue of one's own";
