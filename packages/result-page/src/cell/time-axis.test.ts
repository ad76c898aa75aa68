import fc from 'fast-check';
import { foldFrom, heightAt, layTimeAxis, rowHeight } from './time-axis';

/** Moments in order, of which many are the same and some are hours apart. */
const moments = fc
  .array(
    fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3, noNaN: true }), fc.integer({ max: 1e7, min: 0 })),
    {
      minLength: 1,
      maxLength: 200,
    },
  )
  .map((gaps) => {
    let sum = 0;
    return gaps.map((gap) => (sum += gap));
  });

it('is to scale where times are alike', () => {
  const { heights, parts, pixelsPerMs } = layTimeAxis([500, 1000, 2000], 2000);
  expect(pixelsPerMs).toBe(0.1);
  expect(heights).toEqual([50, 100, 100 + foldFrom + 8 * Math.log2(100 / foldFrom)]);
  expect(parts.map(({ kind }) => kind)).toEqual(['scale', 'scale', 'folded', 'spread']);
});

it('folds a long wait, and draws 32 s longer than 0.5 s', () => {
  const { heights, parts } = layTimeAxis([1, 2, 3, 503, 32_503], 32_503);
  expect(parts.map(({ kind }) => kind)).toEqual(['scale', 'scale', 'scale', 'folded', 'folded', 'spread']);
  const [half = 0, long = 0] = [heights[3]! - heights[2]!, heights[4]! - heights[3]!];
  expect(long - half).toBeCloseTo(48, 5);
});

it('keeps the order, leaves every label its row, and never draws a longer time shorter', () => {
  fc.assert(
    fc.property(moments, (times) => {
      const axis = layTimeAxis(times, times.at(-1)!);
      const drawn = times.map((ms, index) => ({
        ms: ms - (times[index - 1] ?? 0),
        pixels: axis.heights[index]! - (axis.heights[index - 1] ?? 0),
      }));
      for (const { pixels } of drawn) expect(pixels).toBeGreaterThan(rowHeight - 1e-6);
      const byTime = drawn.sort((one, other) => one.ms - other.ms);
      for (const [index, { pixels }] of byTime.entries())
        expect(pixels).toBeGreaterThan((byTime[index - 1]?.pixels ?? 0) - 1e-6);
    }),
  );
});

it('has one scale wherever it says that it is to scale', () => {
  fc.assert(
    fc.property(moments, (times) => {
      const { parts, pixelsPerMs } = layTimeAxis(times, times.at(-1)! + 10);
      for (const { kind, from, to, fromMs, toMs } of parts)
        if (kind === 'scale') expect(to - from).toBeCloseTo((toMs - fromMs) * pixelsPerMs, 3);
    }),
  );
});

it('finds the height of any moment between those of its neighbours', () => {
  const axis = layTimeAxis([10, 20, 4000], 5000);
  expect(heightAt(axis, 20)).toBe(axis.heights[1]);
  expect(heightAt(axis, 15)).toBeCloseTo((axis.heights[0]! + axis.heights[1]!) / 2, 5);
  expect(heightAt(axis, -5)).toBe(0);
  expect(heightAt(axis, 9999)).toBe(axis.height);
});

it('begins before 0 if a message was captured before the attempt began', () => {
  const { parts, heights } = layTimeAxis([-2, 3], 3);
  expect(parts[0]).toMatchObject({ fromMs: -2, toMs: -2 });
  expect(heights[0]).toBe(rowHeight);
});

it('has an axis for an attempt without messages', () => {
  expect(layTimeAxis([], 100).heights).toEqual([]);
});
