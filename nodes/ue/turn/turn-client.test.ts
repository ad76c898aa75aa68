import { createHash } from 'node:crypto';
import { classes, methods } from 'werift-ice/lib/ice/src/stun/const';
import { Message, parseMessage } from 'werift-ice/lib/ice/src/stun/message';
import { AttemptFailure } from '../failure';
import { FakeChannel } from '../testing/fake-channel';
import { rfcTimers } from '../timers';
import { TurnClient } from './turn-client';

const credentials = { username: 'ue', password: 'secret' };
/** RFC 8489 9.2.2. */
const key = createHash('md5').update('ue:realm:secret').digest();

type Reply = (request: Message) => Message | undefined;

function answerTo(request: Message, kind: 'RESPONSE' | 'ERROR'): Message {
  return new Message(request.messageMethod, classes[kind], request.transactionId);
}

function refusal(request: Message, code: number, reason: string): Message {
  return answerTo(request, 'ERROR').setAttribute('ERROR-CODE', [code, reason]);
}

function challenge(request: Message, code = 401, nonce = 'n1'): Message {
  return refusal(request, code, 'Challenge')
    .setAttribute('REALM', 'realm')
    .setAttribute('NONCE', Buffer.from(nonce));
}

function granted(request: Message): Message {
  return answerTo(request, 'RESPONSE')
    .setAttribute('XOR-RELAYED-ADDRESS', ['198.18.0.4', 50_000])
    .setAttribute('LIFETIME', 600)
    .addMessageIntegrity(key);
}

/** A client whose server answers with each of the replies in turn. */
function clientWith(transport: 'udp' | 'tcp', ...replies: Reply[]) {
  const channel = new FakeChannel(transport);
  const requests: Message[] = [];
  const told: string[] = [];
  const data: unknown[] = [];
  channel.onSend = (bytes) => {
    const request = parseMessage(bytes);
    if (request?.messageClass !== classes.REQUEST) return;
    // Told before it is sent, so that the packet can be recognised.
    expect(told).toContain(request.transactionIdHex);
    requests.push(request);
    const answer = replies.shift()?.(request);
    if (answer) queueMicrotask(() => channel.receive(answer.bytes));
  };
  const client = new TurnClient(channel, credentials, rfcTimers, {
    transaction: (id) => told.push(id),
    data: (peer, bytes, via) => data.push({ peer, bytes, via }),
    lost: () => undefined,
  });
  return { client, channel, requests, data };
}

describe('TurnClient', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] }));
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('answers the challenge and takes the allocation', async () => {
    const { client, requests } = clientWith('udp', (request) => challenge(request), granted);
    expect(await client.allocate()).toEqual({ relayed: { ip: '198.18.0.4', port: 50_000 }, lifetime: 600 });
    const [first, second] = requests;
    expect(first?.attributesKeys).not.toContain('MESSAGE-INTEGRITY');
    expect(second?.getAttributeValue('NONCE')).toEqual(Buffer.from('n1'));
    expect(second?.transactionIdHex).not.toBe(first?.transactionIdHex);
    expect(second?.getAttributeValue('REQUESTED-TRANSPORT')).toBe(17 << 24);
    expect(parseMessage(second?.bytes ?? Buffer.alloc(0), key)).toBeDefined();
  });

  it('takes a new nonce when the old is stale (438)', async () => {
    const replies: Reply[] = [(r) => challenge(r), (r) => challenge(r, 438, 'n2'), granted];
    const { client, requests } = clientWith('tcp', ...replies);
    await client.allocate();
    expect(requests[2]?.getAttributeValue('NONCE')).toEqual(Buffer.from('n2'));
  });

  it('is refused by a second 401, though nobody could sign it', async () => {
    const { client } = clientWith(
      'udp',
      (request) => challenge(request),
      (request) => challenge(request),
    );
    await expect(client.allocate()).rejects.toMatchObject({
      code: 'TURN_REFUSED',
      message: 'Allocate: the TURN server answered 401 Challenge',
    });
  });

  it.each([
    [403, 'Forbidden'],
    [437, 'Allocation Mismatch'],
    [486, 'Allocation Quota Reached'],
    [508, 'Insufficient Capacity'],
  ])('is refused by %i', async (code, reason) => {
    const { client } = clientWith(
      'udp',
      (request) => challenge(request),
      (request) => refusal(request, code, reason),
    );
    await expect(client.allocate()).rejects.toMatchObject({
      code: 'TURN_REFUSED',
      message: `Allocate: the TURN server answered ${code} ${reason}`,
    });
  });

  it('does not believe a success with a wrong signature', async () => {
    const forged: Reply = (request) => granted(request).addMessageIntegrity(Buffer.from('x'));
    const { client } = clientWith('tcp', (request) => challenge(request), forged);
    const allocation = expect(client.allocate()).rejects.toMatchObject({ code: 'TIMEOUT' });
    await jest.advanceTimersByTimeAsync(39_500);
    await allocation;
  });

  it('sends seven times over UDP and gives up after 39.5 s (RFC 8489 6.2.1)', async () => {
    const { client, requests } = clientWith('udp');
    const began = Date.now();
    const times: number[] = [];
    const allocation = expect(client.allocate()).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'no answer to Allocate to 7 transmissions (Rc and Rm of RFC 8489)',
    });
    for (let ms = 0; ms < 39_500; ms += 500) {
      while (times.length < requests.length) times.push(Date.now() - began);
      await jest.advanceTimersByTimeAsync(500);
    }
    await allocation;
    // "requests would be sent at times 0 ms, 500 ms, 1500 ms, 3500 ms, 7500 ms, 15500 ms, and 31500 ms".
    expect(times).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    expect(new Set(requests.map((request) => request.transactionIdHex)).size).toBe(1);
  });

  it('sends once over TCP and gives up after Ti (RFC 8489 6.2.2)', async () => {
    const { client, requests } = clientWith('tcp');
    const allocation = expect(client.allocate()).rejects.toMatchObject({
      message: 'no answer to Allocate within 39.5 s (Ti of RFC 8489)',
    });
    await jest.advanceTimersByTimeAsync(39_500);
    await allocation;
    expect(requests).toHaveLength(1);
  });

  it('gives data of indications and of bound channels to its user, and nothing else', async () => {
    const bound: Reply = (request) => answerTo(request, 'RESPONSE').addMessageIntegrity(key);
    const { client, channel, data } = clientWith('udp', (r) => challenge(r), granted, bound);
    await client.allocate();
    await client.bindChannel(0x4000, { ip: '198.18.0.5', port: 7 });
    const indication = new Message(methods.DATA, classes.INDICATION)
      .setAttribute('XOR-PEER-ADDRESS', ['198.18.0.5', 7])
      .setAttribute('DATA', Buffer.from('a'));
    channel.receive(indication.bytes);
    channel.receive(Buffer.from([0x40, 0, 0, 1, 0x62]));
    channel.receive(Buffer.from([0x40, 1, 0, 1, 0x63]));
    channel.receive(Buffer.from('garbage'));
    const peer = { ip: '198.18.0.5', port: 7 };
    expect(data).toEqual([
      { peer, bytes: Buffer.from('a'), via: 'indication' },
      { peer, bytes: Buffer.from('b'), via: 'channel' },
    ]);
  });

  it('tells every pending request when the channel is lost', async () => {
    const { client, channel } = clientWith('tcp');
    const allocation = client.allocate();
    const failure = new AttemptFailure('CONNECTION_LOST', 'gone');
    channel.lose(failure);
    await expect(allocation).rejects.toBe(failure);
    await expect(client.refresh(0)).rejects.toBe(failure);
  });
});
