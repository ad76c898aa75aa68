import type { PageCell, PageChange, PageClaim, PageOutcome } from '../data';
import { isMeasured } from '../state/filter';

export const outcomeWords: Readonly<Record<PageOutcome, string>> = {
  expected: 'as expected',
  unexpected: 'not as expected',
  flaky: 'flaky',
  inconclusive: 'inconclusive',
  unsupported: 'unsupported',
  skipped: 'skipped',
  pending: 'pending',
  running: 'running',
};

export const changeWords: Readonly<Record<PageChange['kind'], string>> = {
  worse: '▼ worse',
  better: '▲ better',
  other: '◆ changed',
  added: '✚ new',
  removed: '✖ gone',
};

export const claimWords: Readonly<Record<PageClaim['verdict'], { sign: string; word: string }>> = {
  confirmed: { sign: '✓', word: 'confirmed' },
  contradicted: { sign: '✗', word: 'contradicted' },
  untested: { sign: '–', word: 'untested' },
};

/** The step at which a cell got through, as it stands in the matrix: `3`, `none`, `?`; nothing before it is measured. */
export function stepMark(cell: PageCell): string {
  if (isMeasured(cell)) return cell.traversedAt === null ? 'none' : String(cell.traversedAt);
  const marks = { inconclusive: '?', unsupported: 'n/a', skipped: '–', pending: '', running: '…' } as const;
  return marks[cell.outcome as keyof typeof marks];
}

/** A step in words: `step 3`, `no step`. */
export const stepWords = (step: number | null): string => (step === null ? 'no step' : `step ${step}`);

/** A time, in UTC since a page is read elsewhere: `2026-11-29 10:18 UTC`. */
export const timeWords = (at: number): string =>
  Number.isFinite(at) && Math.abs(at) < 8.64e15
    ? `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
    : String(at);
