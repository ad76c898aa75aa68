import fc from 'fast-check';
import { leastP, rankTest } from './rank-test';

const sample = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 8 });
const upTo = (count: number, from = 1): number[] => Array.from({ length: count }, (_, index) => from + index);

test('samples that do not overlap are the least likely ones: two of C(10, 5) = 252 choices', () => {
  expect(rankTest([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).toBeCloseTo(2 / 252, 12);
  expect(leastP(5, 5)).toBeCloseTo(2 / 252, 12);
  expect(leastP(9, 9)).toBeCloseTo(2 / 48620, 12);
});

test.each([
  // Of the ten choices of two ranks, the sums 3 and 9 are as far from the mean 6 as 3 is.
  [[1, 2], [3, 4, 5], 0.2],
  // Of the 20 choices of three ranks, those with a sum of at most 7 or at least 14.
  [[1, 2, 4], [3, 5, 6], 4 / 20],
  [[5, 5, 5], [5, 5, 5], 1],
])('%j and %j have p = %d', (a, b, p) => {
  expect(rankTest(a, b)).toBeCloseTo(p, 12);
});

test('it is the same for both orders, and for any scale', () => {
  fc.assert(
    fc.property(sample, sample, (a, b) => {
      const p = rankTest(a, b);
      expect(rankTest(b, a)).toBeCloseTo(p, 9);
      expect(
        rankTest(
          a.map((x) => x ** 3),
          b.map((x) => x ** 3),
        ),
      ).toBeCloseTo(p, 9);
      // Equal values can make the distribution one-sided.
      expect(p).toBeGreaterThanOrEqual(leastP(a.length, b.length) / 2 - 1e-9);
      expect(p).toBeLessThanOrEqual(1);
    }),
  );
});

test('of many values the normal distribution says about what counting does', () => {
  const a = upTo(20).map((x) => 2 * x);
  const b = upTo(20).map((x) => 2 * x + 11);
  expect(rankTest([...a, 20.5], b)).toBeGreaterThan(rankTest(a, b) * 0.8);
  expect(rankTest([...a, 20.5], b)).toBeLessThan(rankTest(a, b) * 1.25);
  expect(rankTest(upTo(60), upTo(60, 200))).toBeLessThan(1e-9);
  expect(rankTest(Array<number>(30).fill(1), Array<number>(30).fill(1))).toBe(1);
});
