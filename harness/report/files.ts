import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LabError } from '../lab/lab-error';
import type { RunResult } from '../judge/result';
import { documentKinds } from './reporters';

/**
 * Writes the files that every run has: `result.json`, `junit.xml` and `table.md`.
 *
 * @param out the folder; created if it is missing
 * @throws {LabError} `OUT_NOT_WRITABLE`, `RESULT_INVALID`
 */
export function writeResultFiles(result: RunResult, out: string): void {
  // All texts are made before the first is written, so that an invalid result leaves no file.
  const kinds = documentKinds.filter(({ written }) => written === 'always');
  const files = kinds.map(({ file, format }) => [file, format(result)] as const);
  for (const [name, text] of files) writeWhole(join(out, name), text);
}

/**
 * Writes a file so that a reader sees all of it or nothing: it writes another file beside it and renames that.
 */
export function writeWhole(path: string, text: string): void {
  const beside = `${path}.${randomBytes(4).toString('hex')}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(beside, text);
    renameSync(beside, path);
  } catch (error) {
    // If even the removal fails, there is nothing to remove.
    attempt(() => rmSync(beside, { force: true }));
    const why = error instanceof Error ? error.message : String(error);
    throw new LabError(
      'OUT_NOT_WRITABLE',
      `${path} cannot be written (${why}); choose another folder with --out`,
    );
  }
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    return;
  }
}
