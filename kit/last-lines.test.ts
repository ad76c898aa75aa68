import { lastLine } from './last-lines';

test.each([
  ['a\nb\n', 'b'],
  ['a\n  b  \n\n', 'b'],
  ['', ''],
])('of %j it is %j', (text, line) => {
  expect(lastLine(text)).toBe(line);
});
