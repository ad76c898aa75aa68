import { elapsed } from './elapsed';

const never = Symbol('never');
const settled = (work: Promise<void>): Promise<unknown> =>
  Promise.race([work, new Promise((resolve) => setTimeout(() => resolve(never), 30))]);

test('time passes', async () => {
  expect(await settled(elapsed(1, new AbortController().signal))).toBeUndefined();
});

test('time that nobody waits for any more never passes', async () => {
  const over = new AbortController();
  const passed = elapsed(1, over.signal);
  over.abort();
  expect(await settled(passed)).toBe(never);
});
