import { createHash } from 'node:crypto';
import type { AttemptFailure } from '../failure';
import { FakeChannel } from '../testing/fake-channel';
import { rfcTimers } from '../timers';
import { StunMessage } from '../stun/message';
import { methods } from '../stun/methods';
import { parseMessage } from '../stun/parser';
import { TcpAllocation } from './tcp-allocation';

const key = createHash('md5').update('ue:realm:secret').digest();

/**
 * Makes an allocation whose server grants `lifetime` and answers each Refresh with the next of
 * the error codes; 0 is success.
 */
async function allocation(lifetime: number, refreshes: readonly number[]) {
  const channel = new FakeChannel('tcp');
  const seen: { at: number; method: StunMessage['method']; lifetime: unknown }[] = [];
  const left = [...refreshes];
  channel.onSend = (bytes) => {
    const request = parseMessage(bytes);
    if (request === undefined) return;
    const answer = (kind: 'success' | 'error') => new StunMessage(request.method, kind, request.transaction);
    const reply = (message: StunMessage) => queueMicrotask(() => channel.receive(message.bytes));
    if (!request.has('MESSAGE-INTEGRITY')) {
      const challenge = answer('error').set('ERROR-CODE', { code: 401, reason: '' });
      reply(challenge.set('REALM', 'realm').set('NONCE', Buffer.from('n')));
      return;
    }
    const { method } = request;
    seen.push({ at: Date.now(), method: method, lifetime: request.get('LIFETIME') });
    const code = method === methods.REFRESH ? (left.shift() ?? 0) : 0;
    if (code !== 0) {
      reply(answer('error').set('ERROR-CODE', { code, reason: '' }).sign(key));
      return;
    }
    const granted = answer('success')
      .set('XOR-RELAYED-ADDRESS', { ip: '198.18.0.4', port: 50_000 })
      .set('LIFETIME', lifetime);
    reply(granted.sign(key));
  };
  const lost: AttemptFailure[] = [];
  const notes: string[] = [];
  const made = await TcpAllocation.allocate({
    dial: () => Promise.resolve(channel),
    credentials: { username: 'ue', password: 'secret' },
    timers: rfcTimers,
    attempt: {
      tellIdentifier: () => undefined,
      note: (text) => notes.push(text),
      closeAtEnd: () => undefined,
    },
    lost: (failure) => lost.push(failure),
  });
  const began = Date.now();
  const refreshesSeen = () =>
    seen
      .filter(({ method }) => method === methods.REFRESH)
      .map(({ at, lifetime }) => ({ after: (at - began) / 1000, lifetime }));
  return { made, channel, lost, notes, refreshes: refreshesSeen };
}

describe('TcpAllocation', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] }));
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('is refreshed a minute before it expires, as long as it is not closed', async () => {
    const { made, refreshes, lost } = await allocation(600, []);
    expect(made.relayed).toEqual({ ip: '198.18.0.4', port: 50_000 });
    await jest.advanceTimersByTimeAsync(1_200_000);
    expect(refreshes()).toEqual([
      { after: 540, lifetime: 600 },
      { after: 1080, lifetime: 600 },
    ]);
    made.close();
    await jest.advanceTimersByTimeAsync(1_200_000);
    expect(refreshes()).toHaveLength(2);
    expect(lost).toEqual([]);
  });

  it.each([
    [60, 30],
    [0xffffffff, 86_400],
  ])('with a lifetime of %i s is refreshed after %i s', async (lifetime, seconds) => {
    const { made, refreshes } = await allocation(lifetime, []);
    await jest.advanceTimersByTimeAsync(seconds * 1000 - 1);
    expect(refreshes()).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(refreshes()).toHaveLength(1);
    made.close();
  });

  it('of no lifetime is over at once', async () => {
    const { lost } = await allocation(0, []);
    await jest.advanceTimersByTimeAsync(1);
    expect(lost).toMatchObject([{ code: 'FLOW_LOST', message: 'the TURN allocation has expired after 0 s' }]);
  });

  it('tells when it cannot be refreshed', async () => {
    const { lost } = await allocation(600, [437]);
    await jest.advanceTimersByTimeAsync(540_000);
    expect(lost).toMatchObject([
      {
        code: 'FLOW_LOST',
        message:
          'the TURN allocation could not be refreshed: Refresh: the TURN server answered 437 Allocation Mismatch',
      },
    ]);
  });

  it('is given back with a lifetime of zero, and nothing is lost by that', async () => {
    const { made, channel, refreshes, lost, notes } = await allocation(600, []);
    await made.release();
    expect(refreshes()).toEqual([{ after: 0, lifetime: 0 }]);
    channel.receive(Buffer.from([0x80]));
    expect([lost, notes]).toEqual([[], []]);
    await made.release();
    expect(refreshes()).toHaveLength(1);
  });

  it('notes it when it cannot be given back', async () => {
    const { made, notes, lost } = await allocation(600, [437]);
    await made.release();
    expect(notes).toEqual([
      'could not release the allocation: Refresh: the TURN server answered 437 Allocation Mismatch',
    ]);
    expect(lost).toEqual([]);
  });

  it('takes no longer to be given back than a goodbye may', async () => {
    const { made, channel, notes } = await allocation(600, []);
    channel.onSend = () => undefined;
    const released = made.release();
    await jest.advanceTimersByTimeAsync(5000);
    await released;
    expect(notes).toEqual(['could not release the allocation: not done within 5000 ms']);
  });
});
