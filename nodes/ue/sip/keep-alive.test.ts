import { StunMessage } from '../stun/message';
import { parseMessage } from '../stun/parser';
import { AttemptFailure } from '../failure';
import { FakeAttempt } from '../testing/fake-attempt';
import { FakeChannel } from '../testing/fake-channel';
import { fakeRegistrar } from '../testing/fake-registrar';
import { rfcTimers } from '../timers';
import { KeepAlive } from './keep-alive';
import { UserAgent } from './user-agent';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

interface Kept {
  readonly attempt: FakeAttempt;
  readonly agent: UserAgent;
  readonly channel: FakeChannel;
  /** When a keep-alive was sent, in ms since registration. */
  readonly sent: number[];
  readonly lost: string[];
}

const seen = { ip: '198.51.100.7', port: 61_000 };

/**
 * A registered UE whose P-CSCF recommends 30 s and sees it at {@link seen}.
 * @param answer what the P-CSCF sends back to a keep-alive
 */
async function registered(
  transport: 'udp' | 'tls',
  answer: (keepAlive: Buffer) => Buffer | undefined,
): Promise<Kept> {
  const channel = new FakeChannel(transport);
  const attempt = new FakeAttempt();
  const subscriber = { domain: 'b', impi: 'a@b', impu: 'sip:a@b', password: 'x' };
  const agent = new UserAgent(channel, subscriber, rfcTimers, attempt);
  const sent: number[] = [];
  let since = 0;
  channel.onSend = (data) => {
    const answers = fakeRegistrar(data.toString(), {
      via: (via) => via.replace(';rport;keep', `;rport=${seen.port};received=${seen.ip};keep=30`),
    });
    if (answers) {
      for (const text of answers) setTimeout(() => channel.receive(text), 1);
      return;
    }
    sent.push(Date.now() - since);
    const response = answer(data);
    if (response !== undefined) setTimeout(() => channel.receive(response), 1);
  };
  const registering = agent.register();
  await jest.advanceTimersByTimeAsync(10);
  await registering;
  since = Date.now();
  return { attempt, agent, channel, sent, lost: [] };
}

const pong = (): Buffer => Buffer.from('\r\n');

function bound(request: Buffer, mapped = seen): Buffer {
  const { transaction } = parseMessage(request)!;
  return new StunMessage('BINDING', 'success', transaction).set('XOR-MAPPED-ADDRESS', mapped).bytes;
}

const tell =
  ({ lost }: Kept) =>
  ({ code, message }: AttemptFailure): void =>
    void lost.push(`${code}: ${message}`);

describe('keep-alives (RFC 5626 4.4)', () => {
  it.each([
    ['pings', 'tls' as const, pong],
    ['STUN', 'udp' as const, (request: Buffer) => bound(request)],
  ])('come at 80 to 100 percent of what was recommended: %s', async (_, transport, answer) => {
    const kept = await registered(transport, answer);
    const random = [0, 0.5, 1];
    KeepAlive.start(kept.agent, undefined, tell(kept), () => random.shift() ?? 0);
    await jest.advanceTimersByTimeAsync(24_000 + 27_000 + 30_000);
    expect(kept.sent).toEqual([24_000, 51_000, 81_000]);
    await jest.advanceTimersByTimeAsync(100);
    expect(kept.lost).toEqual([]);
    kept.attempt.end();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('come as often as is asked for', async () => {
    const kept = await registered('tls', pong);
    KeepAlive.start(kept.agent, 1000, tell(kept), () => 0);
    await jest.advanceTimersByTimeAsync(2500);
    expect(kept.sent).toEqual([800, 1600, 2400]);
    kept.attempt.end();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are told of as lost when no pong comes within 10 s (4.4.1)', async () => {
    const kept = await registered('tls', () => undefined);
    KeepAlive.start(kept.agent, 1000, tell(kept), () => 1);
    await jest.advanceTimersByTimeAsync(10_999);
    expect(kept.lost).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(kept.lost).toEqual([
      'FLOW_LOST: the flow to the P-CSCF is lost: no pong within 10 s (RFC 5626 4.4.1)',
    ]);
    await jest.advanceTimersByTimeAsync(100_000);
    expect([kept.sent, kept.lost.length]).toEqual([[1000], 1]);
    kept.attempt.end();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are told of as lost when STUN is not answered (4.4.2)', async () => {
    const kept = await registered('udp', () => undefined);
    KeepAlive.start(kept.agent, 1000, tell(kept), () => 1);
    await jest.advanceTimersByTimeAsync(1000 + 39_500);
    // RFC 8489 6.2.1: "requests would be sent at times 0 ms, 500 ms, 1500 ms, 3500 ms, 7500 ms, 15500 ms, and
    // 31500 ms. If the client has not received a response after 39500 ms, the client will consider the
    // transaction to have timed out."
    expect(kept.sent.map((at) => at - 1000)).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    expect(kept.lost).toEqual([
      'FLOW_LOST: the flow to the P-CSCF is lost: no answer to 7 STUN Binding requests (RFC 5626 4.4.2)',
    ]);
    kept.attempt.end();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are told of as lost when the P-CSCF sees another address than it registered (4.4.2)', async () => {
    const kept = await registered('udp', (request) => bound(request, { ...seen, port: 61_001 }));
    KeepAlive.start(kept.agent, 1000, tell(kept));
    await jest.advanceTimersByTimeAsync(2000);
    expect(kept.lost).toEqual([
      'FLOW_LOST: the flow to the P-CSCF is lost: the P-CSCF sees 198.51.100.7:61001, and saw 198.51.100.7:61000 before (RFC 5626 4.4.2)',
    ]);
    kept.attempt.end();
  });

  it('end with the flow, whose loss is not told twice', async () => {
    const kept = await registered('tls', () => undefined);
    KeepAlive.start(kept.agent, 1000, tell(kept), () => 1);
    await jest.advanceTimersByTimeAsync(1500);
    kept.channel.lose(new AttemptFailure('CONNECTION_LOST', 'gone'));
    await jest.advanceTimersByTimeAsync(100_000);
    expect([kept.sent, kept.lost]).toEqual([[1000], []]);
    kept.attempt.end();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('tell each STUN transaction before it leaves', async () => {
    const kept = await registered('udp', (request) => bound(request));
    const checking = kept.agent.checkFlow();
    await jest.advanceTimersByTimeAsync(5);
    await checking;
    const id = parseMessage(kept.channel.sent.at(-1)!)?.id;
    expect(kept.attempt.identifiers).toContain(`stun-transaction ${id}`);
    kept.attempt.end();
  });
});
