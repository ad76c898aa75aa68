import fc from 'fast-check';
import { chooseScale } from './scale';

const pixels = { from: 200, to: 600 };

it('begins at 0, with ticks that can be read', () => {
  const scale = chooseScale([57, 348, 120], pixels);
  expect(scale).toMatchObject({ kind: 'linear', ticks: [0, 100, 200, 300, 400] });
  expect([0, 100, 400].map((value) => scale.at(value))).toEqual([200, 300, 600]);
});

it('writes ticks without what binary fractions add', () => {
  expect(chooseScale([0.1, 0.3], pixels).ticks).toEqual([0, 0.1, 0.2, 0.3]);
});

it('is logarithmic where values differ in order of magnitude', () => {
  const scale = chooseScale([3, 32_000], pixels);
  expect(scale).toMatchObject({ kind: 'logarithmic', ticks: [1, 10, 100, 1000, 10_000, 100_000] });
  expect(scale.at(1000)).toBeCloseTo(440, 9);
});

it('is not where a value is 0, and keeps the bounds that a quantity has', () => {
  expect(chooseScale([0, 32_000], pixels).kind).toBe('linear');
  expect(chooseScale([4.41], { ...pixels, bounds: [1, 5] }).ticks).toEqual([1, 2, 3, 4, 5]);
});

it('has every value between its ends, in their order', () => {
  const value = fc.integer({ min: -1e12, max: 1e12 }).map((thousandths) => thousandths / 1000);
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), (values) => {
      const { at, ticks } = chooseScale(values, pixels);
      const places = [...values].sort((one, other) => one - other).map(at);
      for (const place of places) {
        expect(place).toBeGreaterThanOrEqual(200 - 1e-6);
        expect(place).toBeLessThanOrEqual(600 + 1e-6);
      }
      expect(places).toEqual([...places].sort((one, other) => one - other));
      expect(ticks.length).toBeGreaterThan(1);
      expect(ticks.length).toBeLessThan(25);
    }),
  );
});
