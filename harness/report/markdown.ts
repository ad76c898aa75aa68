import { groupBy } from '../../kit/group-by';
import type { ClaimResult, RunResult } from '../judge/result';
import { ladderTables, type LadderTable } from './ladder-table';
import { measurementTables } from './measurement-table';
import { escape, grid } from './markdown-text';
import type { ReporterKind } from './reporter';
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
  knownProblemWords,
  missingWords,
  outageWords,
  problemWords,
  roundsOf,
  rungWords,
  runWords,
  suiteTitle,
  summaryWords,
  tableTitle,
  tellingAttempts,
  traversedShort,
  traversedWords,
} from './words';

export const markdown: ReporterKind = {
  name: 'markdown',
  format: toMarkdown,
  file: 'table.md',
  written: 'always',
  readBy: 'people',
};

/** Returns the whole result as GitHub-flavoured Markdown, in the order of {@link toTerminal}. */
export function toMarkdown(result: RunResult): string {
  const tables = ladderTables(result);
  const sections = [
    '# IMS through restrictive firewalls, measured',
    `**${escape(summaryWords(result))}**`,
    escape(boxesWords(result)),
    ...(result.run.interrupted ? [`**${interruptedWords}**`] : []),
    ...[...outageWords(result), ...missingWords(result), ...knownProblemWords(result)].map(
      (line) => `**${escape(line)}**`,
    ),
    ...problems(result),
    '## Which step got through',
    ...(result.run.plan.variants ? variantMatrix(result) : [overview(tables)]),
    reconstruction(result),
    ...(result.claims.length > 0 ? ['## Claims', claims(result.claims)] : []),
    '## Rung by rung',
    escape(legendWords),
    escape(climbLegend(result)),
    ...tables.flatMap((table) => ladder(table, isClimbMeasured(result))),
    ...measurements(result),
    '## The run',
    `${escape(runWords(result))}; ${escape(versions(result))}`,
  ];
  return `${sections.join('\n\n')}\n`;
}

function overview(tables: readonly LadderTable[]): string {
  const entries = tables.flatMap((table, column) => table.rows.map((row) => ({ column, row })));
  const rows = [...groupBy(entries, ({ row }) => row.firewall.id).values()].map((of) => [
    firewallWords(of[0]!.row.firewall),
    ...tables.map((_, column) => {
      const row = of.find((entry) => entry.column === column)?.row;
      return row ? traversedWords(row) : '';
    }),
  ]);
  return grid(
    ['firewall', ...tables.map(({ scenario, suite, security }) => tableTitle({ scenario, suite, security }))],
    rows,
  );
}

/** A table for each scenario and suite: variants of the lab by firewall. */
function variantMatrix(result: RunResult): string[] {
  const tables = variantTables(result).flatMap(({ firewalls, rows, ...of }) => [
    `### By firewall: ${escape(tableTitle(of))}`,
    grid(
      ['variant', ...firewalls],
      rows.map(({ variant, cells }) => [variant, ...cells.map(variantWords)]),
    ),
  ]);
  return [escape(variantLegend), ...tables];
}

function reconstruction(result: RunResult): string {
  const sure = confidences(result).map((of) => `- ${escape(of.firewalls)}: ${escape(of.confidence)}`);
  return [escape(catalogueWords(result)), '', ...sure].join('\n');
}

function ladder(table: LadderTable, isMeasured: boolean): string[] {
  const head = table.rungs.map((rung) => `step ${rung.step} ${rung.via}`);
  const rows = table.rows.map((row) => [
    firewallWords(row.firewall),
    ...row.results.map(rungWords),
    traversedShort(row),
    ...(isMeasured ? [climbWords(row)] : []),
  ]);
  const reasons = table.reasons.map(({ letter, text }) => `- ${letter}: ${escape(text)}`);
  return [
    `### ${escape(tableTitle(table))} (${escape(suiteTitle(table))})`,
    grid(['firewall', ...head, 'through at', ...(isMeasured ? [climbHead] : [])], rows),
    ...(reasons.length > 0 ? [reasons.join('\n')] : []),
  ];
}

function measurements(result: RunResult): string[] {
  const tables = measurementTables(result).flatMap(({ head, rows, legend, ...of }) => [
    `### ${escape(tableTitle(of))}`,
    grid(head, rows),
    ...(legend === undefined ? [] : [`(${escape(legend)})`]),
  ]);
  return tables.length > 0 ? ['## Measured', ...tables] : [];
}

function claims(all: readonly ClaimResult[]): string {
  const rows = all.map((one) => [
    one.id,
    one.verdict === 'contradicted' ? `${one.verdict} !` : one.verdict,
    one.statement,
    one.source,
    basisWords(one),
  ]);
  return grid(['', 'verdict', 'claim (CR: the change request to TR 33.830)', 'source', 'rests on'], rows);
}

function problems(result: RunResult): string[] {
  const cells = result.cells.flatMap((cell) => {
    const words = problemWords(cell);
    if (!words) return [];
    const attempts = tellingAttempts(cell).map(
      (attempt) => `  - ${escape(attemptWords(attempt, roundsOf(cell)))}`,
    );
    return [`- **${escape(`${cell.id}: ${words}`)}**`, ...attempts];
  });
  const contradicted = result.claims
    .filter((claim) => claim.verdict === 'contradicted')
    .map(
      ({ id, statement, source, cells }) =>
        `- **claim ${escape(id)}: contradicted**: ${escape(`${statement} (${source}); rests on ${cells.join(', ') || 'no cell'}`)}`,
    );
  const lines = [...cells, ...contradicted];
  return lines.length > 0 ? ['## Not as expected', lines.join('\n')] : [];
}

const versions = ({ run }: RunResult): string =>
  Object.entries(run.versions)
    .map(([program, version]) => `${program} ${version}`)
    .join(', ');
