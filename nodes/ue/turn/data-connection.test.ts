import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Channel } from '../dialler/channel';
import { AttemptFailure } from '../failure';
import { FakeChannel } from '../testing/fake-channel';
import { rfcTimers } from '../timers';
import { bindConnection } from './data-connection';
import { LongTermCredentials } from './long-term-credentials';
import { StunMessage } from '../stun/message';
import { parseMessage } from '../stun/parser';

const key = createHash('md5').update('ue:realm:secret').digest();

type Reply = (request: StunMessage) => StunMessage;

const error =
  (code: number, nonce = 'n1'): Reply =>
  (request) =>
    new StunMessage(request.method, 'error', request.transaction)
      .set('ERROR-CODE', { code, reason: '' })
      .set('REALM', 'realm')
      .set('NONCE', Buffer.from(nonce));

const success: Reply = (request) => new StunMessage(request.method, 'success', request.transaction).sign(key);

/**
 * Binds on a channel whose server answers with each of the replies in turn.
 * @param deliver takes each answer's bytes to the channel
 */
function bind(replies: Reply[], deliver: (channel: FakeChannel, answer: Buffer) => void) {
  const channel = new FakeChannel('tls');
  const requests: StunMessage[] = [];
  channel.onSend = (bytes) => {
    const request = parseMessage(bytes);
    const answer = request && replies.shift()?.(request);
    if (request !== undefined) requests.push(request);
    if (answer !== undefined) queueMicrotask(() => deliver(channel, answer.bytes));
  };
  const credentials = new LongTermCredentials({ username: 'ue', password: 'secret' });
  const bound = bindConnection(channel, 77, credentials, rfcTimers, () => undefined);
  return { channel, bound, requests };
}

/** All that a channel's user gets. */
function listenTo(channel: Channel): { data: string; lost: AttemptFailure[] } {
  const heard = { data: '', lost: [] as AttemptFailure[] };
  channel.listen({
    data: (data) => (heard.data += data.toString('latin1')),
    lost: (failure) => heard.lost.push(failure),
  });
  return heard;
}

describe('bindConnection', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] }));
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('names the connection, and takes a challenge and a new nonce', async () => {
    const replies = [error(401), error(438, 'n2'), success];
    const { bound, requests } = bind(replies, (channel, answer) => channel.receive(answer));
    await bound;
    expect(requests.map((request) => request.get('CONNECTION-ID'))).toEqual([77, 77, 77]);
    expect(requests[2]?.get('NONCE')).toEqual(Buffer.from('n2'));
  });

  it('loses no byte of the peer, wherever the stream is cut and whatever the bytes look like', async () => {
    const stun = new StunMessage(1, 'request').bytes;
    const peerBytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      // Bytes that TURN's framing would take for ChannelData and for STUN.
      fc.constant(Buffer.from('MSRP abcd SEND\r\n')),
      fc.constant(stun),
    );
    await fc.assert(
      fc.asyncProperty(peerBytes, fc.array(fc.nat(), { maxLength: 6 }), async (extra, places) => {
        const { bound } = bind([error(401), success], (channel, answer) => {
          const bytes = Buffer.concat([answer, parseMessage(answer, key) ? extra : Buffer.alloc(0)]);
          const at = [...new Set(places.map((place) => place % bytes.length))].sort((a, b) => a - b);
          let from = 0;
          for (const end of [...at, bytes.length]) {
            channel.receive(bytes.subarray(from, end));
            from = end;
          }
        });
        const heard = listenTo(await bound);
        expect(heard.data).toBe(extra.toString('latin1'));
      }),
    );
  });

  it('tells of what came before somebody listened, and then of the loss', async () => {
    const { bound, channel } = bind([error(401), success], (to, answer) => to.receive(answer));
    const connection = await bound;
    channel.receive('late');
    const failure = new AttemptFailure('CONNECTION_LOST', 'gone');
    channel.lose(failure);
    expect(listenTo(connection)).toEqual({ data: 'late', lost: [failure] });
  });

  it.each([
    [447, 'ConnectionBind: the TURN server answered 447 Connection Timeout or Failure'],
    [446, 'ConnectionBind: the TURN server answered 446 Connection Already Exists'],
  ])('is refused by %i', async (code, text) => {
    const { bound } = bind([error(401), error(code)], (channel, answer) => channel.receive(answer));
    await expect(bound).rejects.toMatchObject({ code: 'TURN_REFUSED', message: text });
  });

  it('fails when the connection ends first', async () => {
    const failure = new AttemptFailure('CONNECTION_LOST', 'gone');
    const { bound } = bind([error(401)], (channel, answer) => {
      channel.receive(answer);
      queueMicrotask(() => channel.lose(failure));
    });
    await expect(bound).rejects.toBe(failure);
  });

  it('fails when what comes is no STUN', async () => {
    // A TLS alert in plain.
    const alert = Buffer.from([0x15, 3, 3, 0, 2, 2, 40, 0]);
    const { bound } = bind([success], (channel) => channel.receive(alert));
    await expect(bound).rejects.toMatchObject({
      code: 'TURN_PROTOCOL',
      message:
        'the TURN stream cannot be read: a frame begins with bytes 15 03 03 00 02 02 28 00, which is no header of STUN',
    });
  });
});
