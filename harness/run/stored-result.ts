import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { oneLine } from '../../kit/one-line';
import { journalName, type RunEvent } from '../journal/events';
import { readJournal } from '../journal/reader';
import { reduce } from '../journal/reduce';
import { runResult, type RunResult } from '../judge/result';
import { LabError } from '../lab/lab-error';

/** The file of a run's result. A run that has it has ended. */
export const resultName = 'result.json';

/** A run as it is stored in its folder. */
export interface StoredRun {
  readonly result: RunResult;
  /** The events of the journal in order; empty for merged runs. */
  readonly events: readonly RunEvent[];
  /** True if the last line of the journal was written in part only and left out. */
  readonly isTorn: boolean;
}

/**
 * Reads a run from its journal, whether it ended or not. A result that `nimsfw merge` wrote has no journal and
 * is read from its own file.
 *
 * @param folder the run's `--out`
 * @throws LabError `JOURNAL_UNREADABLE`, `JOURNAL_TORN`, `JOURNAL_EMPTY` when the run never began, and the
 *   errors of {@link readStoredResult}
 */
export function readStoredRun(folder: string): StoredRun {
  if (!existsSync(join(folder, journalName)) && existsSync(join(folder, resultName)))
    return { result: readStoredResult(folder), events: [], isTorn: false };
  const { events, isTorn } = readJournal(folder);
  const result = reduce(events);
  if (result) return { result, events, isTorn };
  throw new LabError(
    'JOURNAL_EMPTY',
    `the run of ${folder} ended before it began to measure: its journal has no event; measure again`,
  );
}

/**
 * Reads the result in a run's folder. For a run that was killed, it makes the result from the journal.
 *
 * @param folder the run's `--out`
 * @throws LabError `RESULT_UNREADABLE`, `NOT_A_RESULT`, `OTHER_SCHEMA`, and the errors of {@link readStoredRun}
 */
export function readStoredResult(folder: string): RunResult {
  const file = join(folder, resultName);
  if (!existsSync(file) && existsSync(join(folder, journalName))) return readStoredRun(folder).result;
  return readResultFile(file);
}

/**
 * Reads a file such as `result.json`.
 *
 * @throws LabError `RESULT_UNREADABLE`, `NOT_A_RESULT`, `OTHER_SCHEMA`
 */
export function readResultFile(file: string): RunResult {
  const value = parsed(file, textOf(file));
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  const known = runResult.shape.schema.value;
  if (typeof schema === 'string' && schema !== known)
    throw new LabError(
      'OTHER_SCHEMA',
      `${file} has the schema ${schema}, and this nimsfw reads ${known}; measure again with this nimsfw`,
    );
  const checked = runResult.safeParse(value);
  if (checked.success) {
    const ids = new Set<string>();
    for (const { id } of checked.data.cells)
      if (ids.has(id)) throw notAResult(file, `the cell ${oneLine(id)} is in it twice`);
      else ids.add(id);
    return checked.data;
  }
  const { path, message } = checked.error.issues[0]!;
  throw notAResult(file, `${path.join('.') || 'the top'}: ${message}`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new LabError(
      'RESULT_UNREADABLE',
      `cannot read ${file} (${why}); name folders that nimsfw run --out has written`,
    );
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notAResult(file, (error as Error).message);
  }
}

const notAResult = (file: string, why: string): LabError =>
  new LabError(
    'NOT_A_RESULT',
    `${file} is no result of nimsfw run (${why}); name folders that nimsfw run --out has written`,
  );
