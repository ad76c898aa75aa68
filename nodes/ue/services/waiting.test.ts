import { Waiting } from './waiting';

it('keeps what comes before somebody asks, in order', async () => {
  const waiting = new Waiting<number>();
  waiting.put(1);
  waiting.put(2);
  expect([await waiting.next(), await waiting.next()]).toEqual([1, 2]);
});

it('gives what comes to who asked first', async () => {
  const waiting = new Waiting<number>();
  const [first, second] = [waiting.next(), waiting.next()];
  waiting.put(1);
  waiting.put(2);
  expect([await first, await second]).toEqual([1, 2]);
});

it('does not give to who has stopped waiting', async () => {
  const waiting = new Waiting<number>();
  const stop = new AbortController();
  void waiting.next(stop.signal);
  const second = waiting.next();
  stop.abort();
  waiting.put(1);
  expect(await second).toBe(1);
});
