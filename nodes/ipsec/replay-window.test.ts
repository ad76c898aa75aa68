import fc from 'fast-check';
import { ReplayWindow } from './replay-window';

/** RFC 4303 section 3.4.3, said as plainly as it can be: all numbers are remembered. */
class NaiveWindow {
  private readonly seen = new Set<number>();

  constructor(private readonly width: number) {}

  accepts(sequence: number): boolean {
    const highest = Math.max(0, ...this.seen);
    if (sequence === 0 || this.seen.has(sequence) || sequence <= highest - this.width) return false;
    this.seen.add(sequence);
    return true;
  }
}

const accepts = (window: ReplayWindow, sequence: number): boolean => {
  if (!window.mayBeNew(sequence)) return false;
  window.note(sequence);
  return true;
};

test.each([32, 64] as const)('a window of %d accepts what one that remembers everything accepts', (width) => {
  const near = fc.integer({ min: 0, max: 200 });
  const high = fc.integer({ min: 0xffff_ffff - 150, max: 0xffff_ffff });
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 9, arbitrary: near }, { weight: 1, arbitrary: high }), { maxLength: 300 }),
      (all) => {
        const [window, naive] = [new ReplayWindow(width), new NaiveWindow(width)];
        for (const sequence of all) expect(accepts(window, sequence)).toBe(naive.accepts(sequence));
      },
    ),
  );
});

test('the number at the left edge is still taken, and the one before it is not', () => {
  const window = new ReplayWindow(32);
  expect([100, 69, 68, 69, 100].map((sequence) => accepts(window, sequence))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('a packet that was not noted may come again, since it was not authentic', () => {
  const window = new ReplayWindow();
  expect([window.mayBeNew(5), window.mayBeNew(5)]).toEqual([true, true]);
});

test('it says whether a packet is the newest', () => {
  const window = new ReplayWindow();
  expect([3, 2, 4].map((sequence) => window.note(sequence))).toEqual([true, false, true]);
});
