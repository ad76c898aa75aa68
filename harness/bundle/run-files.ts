import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { espSaName, keyLogName } from '../evidence/capture-names';
import { journalName } from '../journal/events';
import type { RunResult } from '../judge/result';
import { LabError } from '../lab/lab-error';
import { resultName } from '../run/stored-result';

/** The folder with what a phone did in its proof, which has the form of a run. */
const proofName = 'proof';

/** Says whether a path in a run's folder is a capture, also one of a variant. */
export const isCapture = (path: string): boolean => /(?:^|\/)captures\/[^/]+$/.test(path);

/** The files in a run's folder. */
export interface RunFiles {
  /** Paths of what was measured, sorted, with `/` between names. */
  readonly measured: readonly string[];
  /** Paths of everything else, which can be made again, or is no part of a run. */
  readonly others: readonly string[];
}

/**
 * Lists the files in the folder of a run: journal, result, keys, captures, logs and configurations are what was
 * measured.
 *
 * @throws LabError `NOT_A_RUN` if what was measured is no regular file
 */
export async function runFilesIn(folder: string, { run }: RunResult): Promise<RunFiles> {
  const variants = new Set(run.variants?.map(({ name }) => name));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const measured: string[] = [];
  const others: string[] = [];
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name).slice(join(folder, '/').length);
    if (!isMeasured(path.split('/'), variants)) others.push(path);
    else if (entry.isFile()) measured.push(path);
    else
      throw new LabError(
        'NOT_A_RUN',
        `${join(folder, path)} is no regular file, and a run writes no other; take the folder as the run left it`,
      );
  }
  return { measured: measured.sort(), others: others.sort() };
}

function isMeasured([first = '', ...rest]: readonly string[], variants: ReadonlySet<string>): boolean {
  if (rest.length === 0) return [journalName, resultName, keyLogName, espSaName].includes(first);
  if (first === 'captures') return rest.length === 1 && rest[0]!.endsWith('.pcap');
  if (first === 'nodes') return true;
  return (first === proofName || variants.has(first)) && isMeasured(rest, new Set());
}
