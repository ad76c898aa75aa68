import type { PageCell } from '../data';
import { stepMark, timeWords } from './words';

const cell = (outcome: PageCell['outcome'], traversedAt: number | null): PageCell =>
  ({ outcome, traversedAt }) as PageCell;

it.each([
  [cell('expected', 3), '3'],
  [cell('expected', null), 'none'],
  [cell('unexpected', 1), '1'],
  [cell('flaky', null), 'none'],
  // Whatever a step says, nobody knows.
  [cell('inconclusive', null), '?'],
  [cell('unsupported', null), 'n/a'],
  [cell('skipped', null), '–'],
  [cell('pending', null), ''],
  [cell('running', null), '…'],
])('marks %j with %j', (marked, mark) => {
  expect(stepMark(marked)).toBe(mark);
});

it.each([
  [Date.UTC(2026, 10, 29, 10, 18, 22), '2026-11-29 10:18 UTC'],
  // A number that is no time is shown as what it is.
  [1e20, '100000000000000000000'],
])('writes the time %d as %s', (at, words) => {
  expect(timeWords(at)).toBe(words);
});
