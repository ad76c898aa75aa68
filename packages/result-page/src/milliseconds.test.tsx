import { renderToString } from 'preact-render-to-string';
import { milliseconds } from './milliseconds';

it.each([
  [0, '0 ms'],
  [0.4, '0.4 ms'],
  [3.14159, '3.14 ms'],
  [41.26, '41.3 ms'],
  [500, '500 ms'],
  [999.6, '1 s'],
  [1234, '1.23 s'],
  [32_000, '32 s'],
  [59_999, '1 min'],
  [125_000, '2 min 5 s'],
  [-2, '-2 ms'],
])('writes %d ms for a reader', (ms, text) => {
  expect(renderToString(<time>{milliseconds(ms)}</time>)).toBe(`<time>${text}</time>`);
});
