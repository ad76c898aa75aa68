import { AttemptFailure } from '../failure';
import { relayRungs } from '../../../ladder';
import { FakeAttempt } from '../testing/fake-attempt';
import { bestWay } from './best-way';

const ways = relayRungs.slice(0, 3);
const remote = { ip: '198.19.0.30', port: 443 };
const socket = (port: number) => ({ protocol: 'tcp', local: { ip: '10.89.8.2', port }, remote }) as const;

async function failureOf(codes: readonly ('ABANDONED' | 'TIMEOUT')[]): Promise<AttemptFailure> {
  let port = 0;
  const trying = bestWay(ways.slice(0, codes.length), new FakeAttempt(), 1000, (way, attempt) => {
    attempt.tellFlow(socket(port));
    return Promise.reject(new AttemptFailure(codes[port++]!, `no ${way.via}`));
  });
  return trying.then(
    () => Promise.reject(new Error('it should fail')),
    (error: unknown) => error as AttemptFailure,
  );
}

describe('of ways that are tried side by side', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] }));
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  /**
   * Tries ways that answer after so many milliseconds, or never.
   * @returns which way was taken, when, and which were closed
   */
  async function take(after: Partial<Record<string, number>>, fails: readonly string[] = []) {
    const closed: string[] = [];
    const start = performance.now();
    const found = bestWay(ways, new FakeAttempt(), 1000, ({ via }, part) => {
      part.closeAtEnd(() => closed.push(via));
      return new Promise<string>((resolve, reject) => {
        const done = (): void =>
          fails.includes(via) ? reject(new AttemptFailure('TIMEOUT', 'no answer')) : resolve(via);
        const ms = after[via];
        if (ms === 0) done();
        else if (ms !== undefined) setTimeout(done, ms);
      });
    }).then((via) => ({ via, at: performance.now() - start, closed }));
    await jest.advanceTimersByTimeAsync(5000);
    return found;
  }

  it('the most preferred is taken, though another answers sooner', async () => {
    expect(await take({ 'udp:3478': 300, 'tcp:3478': 200, 'tls:5349': 100 })).toEqual({
      via: 'udp:3478',
      at: 300,
      closed: ['tcp:3478', 'tls:5349'],
    });
  });

  it('one that failed is not waited for', async () => {
    const taken = await take({ 'udp:3478': 0, 'tcp:3478': 200, 'tls:5349': 100 }, ['udp:3478']);
    expect(taken).toMatchObject({ via: 'tcp:3478', at: 200 });
  });

  it('one that is silent is waited for until the time is over', async () => {
    expect(await take({ 'tls:5349': 100 })).toEqual({
      via: 'tls:5349',
      at: 1000,
      closed: ['udp:3478', 'tcp:3478'],
    });
  });

  it('then the first that answers is taken, however late', async () => {
    expect(await take({ 'tcp:3478': 4000, 'tls:5349': 3000 })).toMatchObject({ via: 'tls:5349', at: 3000 });
  });
});

it('says why each failed, and over which sockets', async () => {
  const { code, message, ways: sockets } = await failureOf(['TIMEOUT', 'ABANDONED']);
  expect(code).toBe('NO_RELAY');
  expect(message).toBe('no way to the TURN server: udp:3478: no udp:3478; tcp:3478: no tcp:3478');
  expect(sockets).toEqual([socket(0), socket(1)]);
});

it('was abandoned when the lab gave every one up', async () => {
  expect((await failureOf(['ABANDONED', 'ABANDONED'])).code).toBe('ABANDONED');
});

it('has no way where none is allowed', async () => {
  await expect(bestWay([], new FakeAttempt(), 1000, () => Promise.resolve())).rejects.toMatchObject({
    code: 'NO_RELAY',
    message: 'no way to the TURN server: none is allowed',
  });
});
