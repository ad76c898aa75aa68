import fc from 'fast-check';
import { SegmentOrder } from './segment-order';

const text = 'abcdefghijklmnopqrstuvwxyz';

/** Any number of segments of the text, in any order, with all of it in them and its beginning first. */
const anySegments = fc
  .array(fc.tuple(fc.nat({ max: text.length - 1 }), fc.integer({ min: 1, max: text.length })), {
    maxLength: 12,
  })
  .map((more) => [[0, 3], ...more, ...Array.from({ length: 6 }, (_, index) => [5 * index, 5])])
  .chain(([first, ...rest]) =>
    fc.shuffledSubarray(rest, { minLength: rest.length }).map((shuffled) => [first!, ...shuffled]),
  );

it('gives each byte once and in order, whatever came twice, late or in other pieces', () => {
  fc.assert(
    fc.property(anySegments, (segments) => {
      const order = new SegmentOrder<number>();
      const given = segments.flatMap(([at = 0, length = 0], index) =>
        order.push({ seq: 1000 + at, bytes: Buffer.from(text.slice(at, at + length)), of: index }),
      );
      expect(given.map(({ bytes }) => bytes.toString()).join('')).toBe(text);
      expect(order.hasGap).toBe(false);
    }),
  );
});

it('says that something is missing, and gives nothing behind it', () => {
  const order = new SegmentOrder<undefined>();
  const push = (seq: number, bytes: string) =>
    order.push({ seq, bytes: Buffer.from(bytes), of: undefined }).map((one) => one.bytes.toString());
  expect(push(1, 'ab')).toEqual(['ab']);
  expect(push(5, 'ef')).toEqual([]);
  expect(order.hasGap).toBe(true);
  expect(push(3, 'cd')).toEqual(['cd', 'ef']);
  expect(order.hasGap).toBe(false);
});
