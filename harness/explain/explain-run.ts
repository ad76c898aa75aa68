import { oneLine } from '../../kit/one-line';
import { plural } from '../../kit/words';
import type { CellResult, Outcome } from '../judge/result';
import { hang, wrap } from '../report/paragraph';
import { missingWords } from '../report/words';
import { explanationOf, type ExplainedRun } from './explanation';
import { findCells } from './find-cells';
import { formatExplanation } from './format';
import { shellWord } from './shell-words';

/** A run that the user named. */
export interface NamedRun extends ExplainedRun {
  /** Its path as the user wrote it. */
  readonly path: string;
  /** True if it is a bundle, which has to be unpacked into {@link ExplainedRun.folder} before a command can read it. */
  readonly isBundle: boolean;
}

export interface ExplainOptions {
  /** Names of cells, see {@link findCells}; if there are none, everything is explained that is not as expected. */
  readonly cells: readonly string[];
  readonly json: boolean;
  readonly colours: boolean;
}

const width = 80;

/**
 * Explains cells of a run, for a terminal or as JSON.
 * @throws LabError `UNKNOWN_CELL`
 */
export function explainRun(run: NamedRun, { cells: names, json, colours }: ExplainOptions): string {
  const { cells } = run.result;
  const chosen = names.length > 0 ? findCells(cells, names) : cells.filter(isDeviating);
  const explanations = chosen.map((cell) => explanationOf(cell, run));
  if (json) return `${JSON.stringify({ run: run.result.run.id, cells: explanations }, null, 2)}\n`;
  const texts = explanations.map((one) => formatExplanation(one, colours));
  const head = names.length > 0 ? [] : [overview(run, chosen.length)];
  return [...head, ...unpacking(run, texts.length), ...texts, ...(names.length > 0 ? [] : besides(run))].join(
    '\n',
  );
}

const deviating: ReadonlySet<Outcome> = new Set<Outcome>(['unexpected', 'flaky', 'inconclusive', 'skipped']);

const isDeviating = ({ outcome }: CellResult): boolean => deviating.has(outcome);

/** Says how much is not as expected; if nothing is, how to ask for a cell. */
function overview({ result: { cells }, path }: NamedRun, count: number): string {
  const of = `${plural(cells.length, 'cell')} of ${oneLine(path)}`;
  if (cells.length === 0) return `Nothing was measured in ${oneLine(path)}.\n`;
  if (count > 0) return `${count} of ${of} ${count === 1 ? 'is' : 'are'} not as expected:\n`;
  const unsupported = cells.filter(({ outcome }) => outcome === 'unsupported').length;
  const but = unsupported > 0 ? `, but for ${unsupported} that could not be tried` : '';
  const example = `nimsfw explain ${shellWord(cells[0]!.id)} --run ${shellWord(path)}`;
  return `${wrap(`All ${of} are as expected${but}. To have one explained:`, width).join('\n')}\n  ${example}\n`;
}

/** Says how a bundle is unpacked, so that the commands find its files. */
function unpacking({ isBundle, folder, path }: NamedRun, texts: number): string[] {
  if (!isBundle || folder === undefined || texts === 0) return [];
  const command = `mkdir -p ${shellWord(folder)} && tar -xzf ${shellWord(path)} -C ${shellWord(folder)}`;
  return [`The commands need the files of the bundle:\n  ${command}\n`];
}

/** What else is not as expected: claims that are contradicted, and cells that no run measured. */
function besides({ result }: NamedRun): string[] {
  const claims = result.claims
    .filter(({ verdict }) => verdict === 'contradicted')
    .flatMap(({ id, statement, cells }) =>
      hang(
        '',
        oneLine(`Claim ${id} is contradicted: ${statement}. It rests on ${cells.join(', ') || 'no cell'}`),
        width,
      ),
    );
  const missing = missingWords(result).flatMap((line) => hang('', oneLine(line), width));
  return claims.length + missing.length > 0 ? [`${[...claims, ...missing].join('\n')}\n`] : [];
}
