import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { journalName } from '../journal/events';
import { LabError } from '../lab/lab-error';
import { resultName } from '../run/stored-result';

/** The folder in which runs without `--out` have theirs. */
const runsFolder = 'runs';

/**
 * Returns the folder of the newest run in `runs/` of the working directory: the one whose journal or result was written
 * last.
 *
 * @throws LabError `NO_RUN_YET`
 */
export function newestRun(): string {
  const runs = namesIn(runsFolder)
    .map((name) => join(runsFolder, name))
    .flatMap((folder) => {
      const file = [journalName, resultName]
        .map((name) => join(folder, name))
        .find((path) => existsSync(path));
      return file === undefined ? [] : [{ folder, at: statSync(file).mtimeMs }];
    })
    .sort((a, b) => b.at - a.at);
  if (runs[0]) return runs[0].folder;
  throw new LabError(
    'NO_RUN_YET',
    `there is no run in ${runsFolder}/ here; name one with --run, or measure with nimsfw run`,
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Without the folder there is no run in it either.
    return [];
  }
}
