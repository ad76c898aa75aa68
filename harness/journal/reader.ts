import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../lab/lab-error';
import { eventsSchemaId, journalName, runEvent, type RunEvent } from './events';

/** A journal as it was read. */
export interface StoredJournal {
  readonly events: readonly RunEvent[];
  /**
   * True if the last line was written in part, as by a run that was killed while it wrote. That line is left
   * out.
   */
  readonly isTorn: boolean;
}

/**
 * Reads the journal in the folder of a run that has ended or goes on.
 *
 * @param folder the run's `--out`
 * @throws LabError `JOURNAL_UNREADABLE`, `JOURNAL_TORN` when a line that is not the last one is no event,
 *   `OTHER_SCHEMA`
 */
export function readJournal(folder: string): StoredJournal {
  const file = join(folder, journalName);
  return parseJournal(textOf(file), file);
}

/**
 * Reads the text of a journal.
 *
 * @param file the name that messages use
 * @throws LabError `JOURNAL_TORN`, `OTHER_SCHEMA`
 */
export function parseJournal(text: string, file: string): StoredJournal {
  const lines = text.split('\n');
  // Every complete line ends with a line feed, so only a torn line can have text after the last one.
  const isTail = (index: number): boolean => lines.slice(index + 1).every((line) => line === '');
  const events: RunEvent[] = [];
  for (const [index, line] of lines.entries()) {
    const isLast = isTail(index);
    if (line === '' && isLast) break;
    const value = parsed(line);
    if (value === undefined && isLast) return { events, isTorn: true };
    if (index === 0) requireSchema(value, file);
    const checked = runEvent.safeParse(value);
    if (!checked.success)
      throw torn(file, index + 1, value === undefined ? 'no JSON' : issueOf(checked.error));
    const isFirst = checked.data.type === 'run-began';
    if (isFirst !== (index === 0)) throw torn(file, index + 1, 'run-began is the first event, and no other');
    events.push(checked.data);
  }
  return { events, isTorn: false };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new LabError(
      'JOURNAL_UNREADABLE',
      `cannot read ${file} (${why}); name a folder that nimsfw run --out has written`,
    );
  }
}

/** Parses JSON; returns undefined, which is no JSON value, for any other text. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function requireSchema(value: unknown, file: string): void {
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (typeof schema !== 'string' || schema === eventsSchemaId) return;
  throw new LabError(
    'OTHER_SCHEMA',
    `${file} has the schema ${schema}, and this nimsfw reads ${eventsSchemaId}; measure again with this nimsfw`,
  );
}

function issueOf(error: { readonly issues: readonly { path: PropertyKey[]; message: string }[] }): string {
  const { path, message } = error.issues[0]!;
  return `${path.join('.') || 'the whole'}: ${message}`;
}

function torn(file: string, line: number, why: string): LabError {
  return new LabError(
    'JOURNAL_TORN',
    `line ${line} of ${file} is no event of a run (${why}), so that nobody knows what it said; take the journal as the run has written it, or measure again`,
  );
}
