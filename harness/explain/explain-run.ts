import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { oneLine } from '../../kit/one-line';
import { plural } from '../../kit/words';
import { isSafePath } from '../bundle/safe-path';
import type { CellResult, Outcome, RunResult } from '../judge/result';
import { hang, wrap } from '../report/paragraph';
import { missingWords } from '../report/words';
import { readSequences } from '../sequence/read-sequences';
import type { Sequence } from '../sequence/sequence';
import { explanationOf, type ExplainedRun } from './explanation';
import { findCells } from '../plan/find-cells';
import { formatExplanation } from './format';
import { shellWord } from '../../nodes/shell-word';

/** A run that the user named. */
export interface NamedRun {
  readonly result: RunResult;
  /** Its path as the user wrote it. */
  readonly path: string;
  /** The folder with its files; undefined if there is nothing but a result. */
  readonly folder: string | undefined;
  /** True if it is a bundle, whose files are in {@link folder} only while this program runs. */
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
 * Explains cells of a run, for a terminal or as JSON. The captures of these cells are read, as far as they are there.
 * @throws LabError `UNKNOWN_CELL`
 */
export async function explainRun(
  run: NamedRun,
  { cells: names, json, colours }: ExplainOptions,
): Promise<string> {
  const { result, folder } = run;
  const chosen = names.length > 0 ? findCells(result.cells, names) : result.cells.filter(isDeviating);
  const sequences =
    folder === undefined
      ? new Map<string, Sequence>()
      : await readSequences(folder, { ...result, cells: chosen });
  const explained: ExplainedRun = {
    ...{ result, sequences, folder: folder && commandFolder(run, folder) },
    has: (file) => pathIn(folder, file) !== undefined,
    textOf: (file) => {
      const path = pathIn(folder, file);
      return path === undefined ? undefined : readFileSync(path, 'utf8');
    },
  };
  const explanations = chosen.map((cell) => explanationOf(cell, explained));
  if (json) return `${JSON.stringify({ run: result.run.id, cells: explanations }, null, 2)}\n`;
  const texts = explanations.map((one) => formatExplanation(one, colours));
  const head = names.length > 0 ? [] : [overview(run, chosen.length)];
  const unpack = texts.length > 0 ? unpacking(run) : [];
  return [...head, ...unpack, ...texts, ...(names.length > 0 ? [] : besides(run))].join('\n');
}

/** The folder of the run's files for a command that is run later. */
const commandFolder = ({ path, isBundle }: NamedRun, folder: string): string =>
  isBundle ? `${path}.d` : folder;

/** Returns the path of a file in the folder; undefined if there is none, or if its name, which a result tells, leads out. */
function pathIn(folder: string | undefined, file: string): string | undefined {
  const path = folder === undefined ? undefined : join(folder, file);
  return path !== undefined && isSafePath(file) && existsSync(path) ? path : undefined;
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
function unpacking(run: NamedRun): string[] {
  const { isBundle, folder, path } = run;
  if (!isBundle || folder === undefined) return [];
  const to = shellWord(commandFolder(run, folder));
  return [
    `The commands need the files of the bundle:\n  mkdir -p ${to} && tar -xzf ${shellWord(path)} -C ${to}\n`,
  ];
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
