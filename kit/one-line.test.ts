import { oneLine } from './one-line';

test.each([
  ['a', 'a'],
  ['a\nb', 'a b'],
  [' a  \r\n\r\n   b\n', 'a b'],
  ['', ''],
  ['a\0\u001b[31mb\tc', 'a [31mb c'],
])('%j is %j', (text, line) => {
  expect(oneLine(text)).toBe(line);
});

test('lines are joined by what one likes', () => {
  expect(oneLine('a\n  b', ' | ')).toBe('a | b');
});
