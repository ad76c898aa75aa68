import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
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

describe('a time at which the process stands still', () => {
  const standStill = (ms: number): void => {
    const over = Date.now() + ms;
    while (Date.now() < over);
  };
  beforeEach(() => jest.useRealTimers());
  afterEach(() => jest.useFakeTimers());

  test('takes one second from it at most', async () => {
    const work = new Promise((resolve) => setTimeout(resolve, 1300, 'done'));
    const waiting = within(1100, work, late);
    standStill(1500);
    expect(await waiting).toBe('done');
  });

  test('does not hide what came meanwhile', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect(port, '127.0.0.1');
    const [accepted] = (await once(server, 'connection')) as [Socket];
    try {
      const waiting = within(10, once(client, 'data'), late);
      accepted.write('here');
      standStill(100);
      expect(String(await waiting)).toBe('here');
    } finally {
      client.destroy();
      accepted.destroy();
      server.close();
    }
  });
});
