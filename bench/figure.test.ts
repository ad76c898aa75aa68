import { figureLine, isMet, type Figure } from './figure';

const figure: Figure = { name: 'a run', unit: 's', values: [3, 9, 4], limit: 5, wanted: 'below' };

test('a figure keeps to its limit from below or from above', () => {
  expect(isMet(figure)).toBe(true);
  expect(isMet({ ...figure, limit: 4 })).toBe(false);
  expect(isMet({ ...figure, limit: 4, wanted: 'at least' })).toBe(true);
  expect(isMet({ ...figure, limit: 4.1, wanted: 'at least' })).toBe(false);
});

test('its line has the median, the range, the limit and the ratio', () => {
  expect(figureLine(figure)).toBe(
    `${'a run'.padEnd(44)}    4.00 s     (3.00-9.00, n=3)  below 5.00: met, 0.80 of it`,
  );
});
