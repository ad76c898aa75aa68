import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { journalName } from '../journal/events';
import type { RunResult } from '../judge/result';
import { rejudge } from '../judge/rejudge';
import { namedAs, type OpenRun } from '../bundle/open-run';
import { joinVariants } from '../run/join-variants';
import { readResultFile, readStoredRun, resultName } from '../run/stored-result';
import { lookUpFrames, type LookedUp } from './cited-frames';
import { differencesOf, type Disagreement } from './differences';

/** How a stored run was checked against what it stores. */
export interface Recheck {
  /** How many were judged again. */
  readonly attempts: number;
  readonly cells: number;
  readonly claims: number;
  /** True if result and journal are both there, and were held against each other. */
  readonly hasJournal: boolean;
  readonly frames: Omit<LookedUp, 'disagreements'>;
  readonly disagreements: readonly Disagreement[];
}

/**
 * Checks a stored run against itself: its verdicts, outcomes and claims are those that its evidence gives, its result is
 * what its journal comes to, and the frames that its evidence cites are in its captures as the evidence says.
 *
 * @throws LabError the errors of `readResultFile` and `readStoredRun`
 */
export async function recheck(run: OpenRun): Promise<Recheck> {
  const stored = storedResultOf(run);
  const recorded = stored && resultOfJournals(run, stored);
  const result = stored ?? run.result;
  const { disagreements, ...frames } = await lookUpFrames(result, run.folder);
  return {
    attempts: result.cells.reduce((sum, { attempts }) => sum + attempts.length, 0),
    cells: result.cells.length,
    claims: result.claims.length,
    hasJournal: recorded !== undefined,
    frames,
    disagreements: [
      ...differencesOf(result, rejudge(result), { stored: 'as stored', other: 'by its evidence' }),
      ...(recorded ? differencesOf(stored, recorded, { stored: 'as stored', other: 'in the journal' }) : []),
      ...disagreements,
    ],
  };
}

/** Returns the result as it was written; undefined for a run that was killed and has only its journal. */
function storedResultOf({ path, folder, result }: OpenRun): RunResult | undefined {
  if (folder === undefined) return result;
  const file = join(folder, resultName);
  return existsSync(file) ? namedAs(folder, path, () => readResultFile(file)) : undefined;
}

/** Returns what the journal comes to, or the journals of all variants; undefined if one is missing. */
function resultOfJournals({ path, folder }: OpenRun, { run }: RunResult): RunResult | undefined {
  if (folder === undefined) return undefined;
  const resultIn = (name: string): RunResult | undefined =>
    existsSync(join(folder, name, journalName))
      ? namedAs(folder, path, () => readStoredRun(join(folder, name)).result)
      : undefined;
  if (!run.variants || !run.plan.variants) return resultIn('.');
  const measured = run.variants.flatMap(({ name }) => {
    const result = resultIn(name);
    return result ? [{ name, result }] : [];
  });
  if (measured.length < run.variants.length) return undefined;
  return joinVariants(
    measured,
    run.plan.variants.map(({ name }) => name),
  );
}
