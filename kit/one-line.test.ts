import { oneLine } from './one-line';

test.each([
  ['a', 'a'],
  ['a\nb', 'a b'],
  [' a  \r\n\r\n   b\n', 'a b'],
  ['', ''],
])('%j is %j', (text, line) => {
  expect(oneLine(text)).toBe(line);
});

test('lines are joined by what one likes', () => {
  expect(oneLine('a\n  b', ' | ')).toBe('a | b');
});
