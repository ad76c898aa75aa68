import { decideClaims } from './claims';
import { scenariosOf } from './known-scenarios';
import type { BoxResult, CellResult, ClaimResult, RunResult } from './result';

/**
 * Decides the claims of a run. They are about what a phone can do that has all that the CR asks for, which the reference
 * UE has: where it was measured, its cells alone decide. Another phone can confirm a claim and cannot contradict it, since
 * what it does not get through may be its own doing (`fault.ts`). Pure.
 */
export function claimsOf(
  cells: readonly CellResult[],
  { plan, boxes, variants = [] }: Pick<RunResult['run'], 'plan' | 'boxes' | 'variants'>,
): ClaimResult[] {
  const known = scenariosOf(plan);
  const boxesOf = ({ variant }: CellResult): readonly BoxResult[] =>
    variants.find(({ name }) => name === variant)?.boxes ?? boxes;
  const ofReference = cells.filter((cell) =>
    boxesOf(cell).every(({ place, isReference }) => place !== 'ue' || isReference),
  );
  if (ofReference.length > 0 || cells.length === 0) return decideClaims(ofReference, known);
  return decideClaims(cells, known).map((claim) =>
    claim.verdict === 'contradicted' ? { ...claim, verdict: 'untested' } : claim,
  );
}
