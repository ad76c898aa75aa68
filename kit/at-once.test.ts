import fc from 'fast-check';
import { inParallel } from './at-once';

const turn = (): Promise<void> => new Promise(setImmediate);

test('every item is worked on once, and never more at a time than allowed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat()), fc.integer({ min: 1, max: 5 }), async (items, atOnce) => {
      let running = 0;
      const done: number[] = [];
      await inParallel(items, atOnce, async (item) => {
        running += 1;
        expect(running).toBeLessThanOrEqual(atOnce);
        await turn();
        running -= 1;
        done.push(item);
      });
      expect(done).toEqual(items);
    }),
  );
});

test('after a failure nothing new is begun, and it is told when what had begun has ended', async () => {
  const begun: string[] = [];
  const ended: string[] = [];
  const work = inParallel(['fails', 'slow', 'never'], 2, async (item) => {
    begun.push(item);
    if (item === 'fails') throw new Error(item);
    await turn();
    ended.push(item);
  });
  await expect(work).rejects.toThrow('fails');
  expect({ begun, ended }).toEqual({ begun: ['fails', 'slow'], ended: ['slow'] });
});
