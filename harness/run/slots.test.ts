import fc from 'fast-check';
import { Slots } from './slots';

/** Makes work that records its start and ends when the test tells it to. */
function works(count: number): {
  started: number[];
  end: (() => void)[];
  run: (index: number) => Promise<number>;
} {
  const started: number[] = [];
  const end: (() => void)[] = Array.from({ length: count }, () => () => undefined);
  const run = (index: number): Promise<number> => {
    started.push(index);
    return new Promise((resolve) => (end[index] = () => resolve(index)));
  };
  return { started, end, run };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('runs no more than there are slots, in order, and gives the results', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9 }), async (free, count) => {
      const { started, end, run } = works(count);
      const slots = new Slots(free);
      const all = Promise.all(Array.from({ length: count }, (_, index) => slots.use(() => run(index))));
      for (let done = 0; done < count; done++) {
        await settled();
        expect(started).toEqual(Array.from({ length: Math.min(count, free + done) }, (_, index) => index));
        end[done]!();
      }
      expect(await all).toEqual(Array.from({ length: count }, (_, index) => index));
    }),
  );
});

it('gives a slot on when its work fails', async () => {
  const slots = new Slots(1);
  await expect(slots.use(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await slots.use(() => Promise.resolve('yes'))).toBe('yes');
});
