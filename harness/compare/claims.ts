import type { ClaimResult } from '../judge/result';
import { kindBy, type Change } from './comparison';

/** A claim that is no longer confirmed is worse off, and worst when it is contradicted. */
const badness: Readonly<Record<ClaimResult['verdict'], number>> = {
  confirmed: 0,
  untested: 1,
  contradicted: 2,
};

/**
 * Compares what was decided of a claim. One that was decided by the one run only, and by cells that the other does not
 * have, is neither worse nor better: nobody asked there.
 *
 * @param isCommon says whether both runs have a cell
 */
export function claimChanges(
  before: ClaimResult,
  after: ClaimResult,
  isCommon: (cell: string) => boolean,
): Change[] {
  if (before.verdict === after.verdict) return [];
  const decided = before.verdict === 'untested' ? after : before;
  const wasNotAsked = [before.verdict, after.verdict].includes('untested') && !decided.cells.every(isCommon);
  return [
    {
      kind: wasNotAsked ? 'other' : kindBy(badness[before.verdict], badness[after.verdict]),
      about: 'claim',
      id: after.id,
      before: before.verdict,
      after:
        wasNotAsked && after.verdict === 'untested'
          ? 'untested, as not all its cells were measured'
          : after.verdict,
    },
  ];
}
