import { duration, plural } from './words';

test.each([
  [0, '0 ms'],
  [0.0412, '0.04 ms'],
  [0.44, '0.4 ms'],
  [1.4, '1 ms'],
  [41.5, '42 ms'],
  [999.4, '999 ms'],
  [999.5, '1.0 s'],
  [32_040, '32.0 s'],
])('%d ms are written %s', (ms, words) => expect(duration(ms)).toBe(words));

test('one is singular', () => {
  expect([0, 1, 2].map((count) => plural(count, 'cell'))).toEqual(['0 cells', '1 cell', '2 cells']);
});
