import fc from 'fast-check';
import { Coverage, readByteRange, writeByteRange } from './byte-range';

describe('Byte-Range', () => {
  it('is read as it was written', () => {
    const size = fc.nat({ max: 1_000_000 });
    const range = fc
      .tuple(fc.integer({ min: 1, max: 1_000_000 }), size, size, fc.boolean(), fc.boolean())
      .map(([start, length, more, open, unknown]) => ({
        start,
        end: open ? undefined : start - 1 + length,
        total: unknown ? undefined : start - 1 + length + more,
      }));
    fc.assert(
      fc.property(range, (range) => {
        expect(readByteRange(writeByteRange(range))).toEqual(range);
      }),
    );
  });

  it.each(['', '0-1/2', '3-1/4', '1-5/4', '5-*/3', '1-2', '-1-2/3', '1-2/x', '1-2/3 '])(
    'refuses %j',
    (text) => {
      expect(readByteRange(text)).toBeUndefined();
    },
  );

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void readByteRange(text)));
  });
});

describe('Coverage', () => {
  it('is whole when every byte was there, in any order and more than once', () => {
    const span = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat({ max: 12 }));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 12 }), fc.nat({ max: 40 }), (spans, total) => {
        const coverage = new Coverage();
        const bytes = new Set<number>();
        for (const [first, length] of spans) {
          coverage.add(first, first + length - 1);
          for (let at = first; at < first + length; at++) bytes.add(at);
        }
        expect(coverage.bytes).toBe(bytes.size);
        // The plain meaning: these bytes and no others.
        const expected = bytes.size === total && [...bytes].every((at) => at <= total);
        expect(coverage.isWhole(total)).toBe(expected);
      }),
    );
  });
});
