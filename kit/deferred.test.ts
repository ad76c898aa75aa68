import { Deferred } from './deferred';

test('gives what it is settled with, once', async () => {
  const one = new Deferred<number>();
  one.resolve(1);
  one.resolve(2);
  expect(await one.promise).toBe(1);
  const other = new Deferred<number>();
  other.reject(new Error('no'));
  await expect(other.promise).rejects.toThrow('no');
});
