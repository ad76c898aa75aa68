import { partsWithin } from './parts';

test.each([
  [[], 10, []],
  [[3, 3, 3], 10, [[0, 3]]],
  [
    [3, 3, 3],
    8,
    [
      [0, 2],
      [2, 3],
    ],
  ],
  [
    [20, 3],
    8,
    [
      [0, 1],
      [1, 2],
    ],
  ],
])('%j within %d is %j', (widths, room, parts) => {
  expect(partsWithin(widths, room)).toEqual(parts);
});
