import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LabError } from '../lab/lab-error';
import type { RunResult } from '../judge/result';
import type { RunPlaces } from './reporter';
import { documentKinds } from './reporters';

/**
 * Writes the files that every run has, `result.json` first, which the others show. What takes longer comes later, so that a run
 * that is killed meanwhile has what comes before.
 *
 * @param places the folder to write to, which is created if it is missing, and that of the run
 * @throws {LabError} `OUT_NOT_WRITABLE`, `RESULT_INVALID`
 */
export async function writeResultFiles(result: RunResult, places: RunPlaces): Promise<void> {
  for (const { written, file, format } of documentKinds)
    if (written === 'always') writeWhole(join(places.out, file), await format(result, places));
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
