import fc from 'fast-check';
import { median, quantile, statisticsOf } from './statistics';

const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 60 });

test('the median is the value in the middle, or the mean of two', () => {
  expect(median([3, 9, 4])).toBe(4);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test.each([
  [[7], 7],
  [[1, 2, 3, 4, 5], 5],
  [Array.from({ length: 19 }, (_, index) => index + 1), 19],
  [Array.from({ length: 20 }, (_, index) => index + 1), 19],
  [Array.from({ length: 100 }, (_, index) => 100 - index), 95],
])('the 95th percentile of %j is %d', (some, p95) => {
  expect(statisticsOf(some)).toEqual({ n: some.length, median: median(some), p95 });
});

test('a quantile is a value that was measured, and just so many do not exceed it', () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (some, share) => {
      const found = quantile(some, share);
      const upTo = some.filter((value) => value <= found).length;
      const below = some.filter((value) => value < found).length;
      return some.includes(found) && upTo >= share * some.length && below < share * some.length;
    }),
  );
});
