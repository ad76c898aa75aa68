import { AttemptFailure } from '../failure';
import { relayRungs } from '../ladder';
import { FakeAttempt } from '../testing/fake-attempt';
import { firstWay } from './first-way';

const ways = relayRungs.slice(0, 3);
const remote = { ip: '198.19.0.30', port: 443 };
const socket = (port: number) => ({ protocol: 'tcp', local: { ip: '10.89.8.2', port }, remote }) as const;

async function failureOf(codes: readonly ('ABANDONED' | 'TIMEOUT')[]): Promise<AttemptFailure> {
  let port = 0;
  const trying = firstWay(ways.slice(0, codes.length), new FakeAttempt(), (way, attempt) => {
    attempt.tellFlow(socket(port));
    return Promise.reject(new AttemptFailure(codes[port++]!, `no ${way.via}`));
  });
  return trying.then(
    () => Promise.reject(new Error('it should fail')),
    (error: unknown) => error as AttemptFailure,
  );
}

it('takes the first that leads somewhere, and tries none after', async () => {
  const tried: string[] = [];
  const found = await firstWay(ways, new FakeAttempt(), (way) => {
    tried.push(way.via);
    return way.via === 'tcp:3478'
      ? Promise.resolve('here')
      : Promise.reject(new AttemptFailure('TIMEOUT', 'no answer'));
  });
  expect(found).toBe('here');
  expect(tried).toEqual(['udp:3478', 'tcp:3478']);
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
  await expect(firstWay([], new FakeAttempt(), () => Promise.resolve())).rejects.toMatchObject({
    code: 'NO_RELAY',
    message: 'no way to the TURN server: none is allowed',
  });
});
