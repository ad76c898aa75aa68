import { within } from './deadline';

const late = (): Error => new Error('too late');

beforeEach(() => jest.useFakeTimers());
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

test('gives what the work gives, and leaves no timer', async () => {
  expect(await within(1000, Promise.resolve(7), late)).toBe(7);
  await expect(within(1000, Promise.reject(new Error('no')), late)).rejects.toThrow('no');
});

test('is over when the time is, and not a millisecond sooner', async () => {
  const over = jest.fn();
  const waiting = within(1000, new Promise(() => undefined), late).catch(over);
  await jest.advanceTimersByTimeAsync(999);
  expect(over).not.toHaveBeenCalled();
  await jest.advanceTimersByTimeAsync(1);
  await waiting;
  expect(over).toHaveBeenCalledWith(new Error('too late'));
});

test('work that fails after that is no unhandled rejection', async () => {
  let fail: (error: Error) => void = () => undefined;
  const work = new Promise<never>((_, reject) => (fail = reject));
  const waiting = expect(within(10, work, late)).rejects.toThrow('too late');
  await jest.advanceTimersByTimeAsync(10);
  await waiting;
  fail(new Error('later'));
  await jest.advanceTimersByTimeAsync(0);
});
