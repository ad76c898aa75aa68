import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { journalName, type RunEvent } from '../journal/events';
import type { RunResult } from '../judge/result';
import { rejudge } from '../judge/rejudge';
import { namedAs, type OpenRun } from '../bundle/open-run';
import { joinVariants } from '../run/join-variants';
import { readResultFile, readStoredRun, resultName } from '../run/stored-result';
import { capturesRead } from './captures-read';
import { lookUpFrames, type LookedUp } from './cited-frames';
import { contradictionsOf } from './contradictions';
import { differencesOf, type Disagreement } from './differences';
import { wrongExpectations } from './expectations';
import { missingKeys } from './missing-keys';
import { wrongNames } from './names';

/** How a stored run was checked against what it stores. */
export interface Recheck {
  /** How many were judged again. */
  readonly attempts: number;
  readonly cells: number;
  readonly claims: number;
  /** True if result and journal are both there, and were held against each other. */
  readonly hasJournal: boolean;
  readonly frames: Omit<LookedUp, 'disagreements'>;
  /** How many security associations of attempts have no keys beside the result. */
  readonly missingKeys: number;
  readonly disagreements: readonly Disagreement[];
}

/**
 * Checks a stored run against itself: its verdicts, outcomes and claims are those that its evidence gives, its evidence is of
 * its attempts, what it expected follows from the knobs of its firewalls, its result is what its journal comes to, and the
 * frames that its evidence cites are in its captures as the evidence says. It does so by the rules of this version, whichever
 * version has measured.
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
    missingKeys: missingKeys(result, run.folder),
    disagreements: [
      ...wrongNames(result),
      ...differencesOf(result, rejudge(result), { stored: 'as stored', other: 'by its evidence' }),
      ...wrongExpectations(result),
      ...contradictionsOf(result, capturesRead(result.run, journalsOf(run))),
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

/** Returns a function that returns {@link eventsIn}, and reads each journal once. */
function journalsOf(run: OpenRun): (variant: string | undefined) => readonly RunEvent[] {
  const known = new Map<string | undefined, readonly RunEvent[]>();
  return (variant) => {
    const events = known.get(variant) ?? eventsIn(run, variant);
    known.set(variant, events);
    return events;
  };
}

/** Returns the journal of a variant, or of the only lab; none if it is not there. */
function eventsIn({ path, folder, events }: OpenRun, variant: string | undefined): readonly RunEvent[] {
  if (folder === undefined || variant === undefined) return events;
  const own = join(folder, variant);
  return existsSync(join(own, journalName)) ? namedAs(folder, path, () => readStoredRun(own).events) : [];
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
