import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runResult, type RunResult } from '../judge/result';
import { LabError } from '../lab/lab-error';

/**
 * The result that a run left in its folder.
 *
 * @param folder the run's `--out`
 * @throws LabError `RESULT_UNREADABLE`, `NOT_A_RESULT`, `OTHER_SCHEMA`
 */
export function readStoredResult(folder: string): RunResult {
  const file = join(folder, 'result.json');
  const value = parsed(file, textOf(file));
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  const known = runResult.shape.schema.value;
  if (typeof schema === 'string' && schema !== known)
    throw new LabError(
      'OTHER_SCHEMA',
      `${file} has the schema ${schema}, and this nimsfw reads ${known}; measure again with this nimsfw`,
    );
  const checked = runResult.safeParse(value);
  if (checked.success) return checked.data;
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
