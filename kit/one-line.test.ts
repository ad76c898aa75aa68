import { assert, property, string } from 'fast-check';
import { oneLine } from './one-line';

test.each([
  ['a', 'a'],
  ['a\nb', 'a b'],
  [' a  \r\n\r\n   b\n', 'a b'],
  ['a\u2028b\u2029c', 'a b c'],
  ['', ''],
  ['a\0\u001b[31mb\tc', 'a [31mb c'],
  ['invoice\u202efdp.exe\u2069', 'invoice\\u202efdp.exe\\u2069'],
  ['zero\u200bwidth \u{e0041}', 'zero\\u200bwidth \\u{e0041}'],
  ['می\u200cخواهم 👩\u200d🔬', 'می\u200cخواهم 👩\u200d🔬'],
])('%j is %j', (text, line) => {
  expect(oneLine(text)).toBe(line);
});

test('lines are joined by what one likes', () => {
  expect(oneLine('a\n  b', ' | ')).toBe('a | b');
});

test('whatever a text holds, it is one line in which every character is seen', () => {
  assert(
    property(string({ unit: 'binary' }), (text) => {
      expect(oneLine(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\ufeff]/u);
    }),
  );
});
