import { LabError } from '../lab/lab-error';
import { runResult, type RunResult } from '../judge/result';
import type { ReporterKind } from './reporter';

export const json: ReporterKind = {
  name: 'json',
  format: toJson,
  file: 'result.json',
  written: 'always',
  readBy: 'programs',
};

/**
 * Returns the text of `result.json`.
 *
 * @throws {LabError} `RESULT_INVALID` when the result does not fit the schema, because no file is better than
 *   one that readers cannot use
 */
export function toJson(result: RunResult): string {
  const checked = runResult.safeParse(result);
  if (!checked.success) {
    const { path, message } = checked.error.issues[0]!;
    throw new LabError(
      'RESULT_INVALID',
      `the result does not fit its own schema at ${path.join('.') || 'the top'}: ${message}; please report this bug`,
    );
  }
  return `${JSON.stringify(checked.data, null, 2)}\n`;
}
