import { array, assert, constantFrom, integer, property, string } from 'fast-check';
import { cut, hang, widthOf, wrap } from './paragraph';

const words = array(string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replace(/\s/g, ''))).map(
  (all) => all.filter((word) => word !== '').join(' '),
);

test('no line is wider than asked, and nothing is lost but blanks', () => {
  assert(
    property(words, integer({ min: 12, max: 40 }), (text, columns) => {
      const lines = wrap(text, columns);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }),
  );
});

test('a line takes as many words as it has room for', () => {
  expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four']);
  expect(wrap('', 9)).toEqual(['']);
});

test('a word that is longer than a line is broken, wide characters by the columns that they take', () => {
  expect(wrap('a abcdefgh', 4)).toEqual(['a', 'abcd', 'efgh']);
  expect(wrap('防火墙类型', 5)).toEqual(['防火', '墙类', '型']);
});

test('a paragraph hangs at its label', () => {
  expect(hang('  a  ', 'one two three', 12)).toEqual(['  a  one two', '     three']);
});

test('what is cut says so, and fits', () => {
  expect(cut('abcdef', 6)).toBe('abcdef');
  expect(cut('abcdefg', 6)).toBe('abcde…');
  assert(
    property(words, constantFrom(3, 10, 20), (text, columns) => {
      expect(widthOf(cut(text, columns))).toBeLessThanOrEqual(columns);
    }),
  );
});
