import fc from 'fast-check';
import { shorten } from './shorten';

it.each([
  ['Proxy  Authentication\r\nRequired', 40, 'Proxy Authentication Required'],
  ['Proxy Authentication Required', 10, 'Proxy Aut…'],
  ['Proxy Authentication', 6, 'Proxy…'],
  ['👋👋👋', 3, '👋👋👋'],
  ['👋👋👋', 2, '👋…'],
])('makes %j fit into %d characters', (text, limit, short) => {
  expect(shorten(text, limit)).toBe(short);
});

it('never makes a line that is longer than its place', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 40 }), (text, limit) => {
      expect([...shorten(text, limit)].length).toBeLessThanOrEqual(limit);
    }),
  );
});
