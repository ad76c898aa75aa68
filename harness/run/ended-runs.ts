import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { journalName } from '../journal/events';
import type { RunResult } from '../judge/result';
import { LabError } from '../lab/lab-error';
import { isEmptyShard } from './empty-shard';
import type { Shard } from './merge';
import { readStoredResult, resultName } from './stored-result';

/**
 * Milliseconds between two looks at the folders. They can be on a file system of another machine, which tells
 * nobody of changes, so that the folders have to be asked.
 */
const lookEveryMs = 250;

/** The runs of some folders. */
export interface StoredRuns {
  /** The runs that have ended, and those that have only begun, as far as they came. */
  readonly runs: readonly Shard[];
  /** The folders whose runs had not ended when the time was over. */
  readonly unended: readonly string[];
}

/**
 * Waits until the runs of these folders have ended; until then a folder need not even be there. A run has ended
 * when its result is there, which is written in one piece, or when its shard has nothing to measure.
 *
 * @throws LabError the errors of {@link readStoredResult}
 */
export async function endedRuns(folders: readonly string[], withinMs: number): Promise<StoredRuns> {
  const deadline = performance.now() + withinMs;
  const results = new Map<string, RunResult>();
  const isEnded = (name: string): boolean => results.has(name) || isEmptyShard(name);
  for (;;) {
    // Each is read as soon as it is there, so that one that cannot be merged is not told of hours later.
    for (const name of folders)
      if (!isEnded(name) && existsSync(join(name, resultName))) results.set(name, readStoredResult(name));
    const unended = folders.filter((name) => !isEnded(name));
    const left = deadline - performance.now();
    if (unended.length === 0 || left <= 0) {
      for (const name of unended) {
        const begun = begunRun(name);
        if (begun) results.set(name, begun);
      }
      const runs = folders.flatMap((name) => {
        const result = results.get(name);
        return result ? [{ name, result }] : [];
      });
      return { runs, unended };
    }
    await delay(Math.min(lookEveryMs, left));
  }
}

/** Returns the run of this folder as far as it came; undefined if it has not begun. */
function begunRun(folder: string): RunResult | undefined {
  if (!existsSync(join(folder, journalName))) return undefined;
  try {
    return readStoredResult(folder);
  } catch (error) {
    if (error instanceof LabError && error.code === 'JOURNAL_EMPTY') return undefined;
    throw error;
  }
}
