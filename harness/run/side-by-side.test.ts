import { sideBySide } from './side-by-side';

const isCapital = (letter: string): boolean => letter === letter.toUpperCase();

test.each([
  ['abcde', 2, ['ab', 'cd', 'e']],
  ['abc', 1, ['a', 'b', 'c']],
  ['AB', 2, ['A', 'B']],
  ['aABb', 2, ['aA', 'Bb']],
  ['ABCab', 3, ['Aab', 'B', 'C']],
  ['', 2, []],
])('%s in groups of %d, with one capital each: %j', (letters, size, groups) => {
  expect(sideBySide([...letters], size, isCapital).map((group) => group.join(''))).toEqual(groups);
});
