import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { StunMessage } from '../stun/message';
import { parseMessage } from '../stun/parser';
import { AttemptFailure } from '../failure';
import { FakeChannel } from '../testing/fake-channel';
import { rfcTimers } from '../timers';
import { TurnClient } from './turn-client';

const credentials = { username: 'ue', password: 'secret' };
/** RFC 8489 9.2.2. */
const key = createHash('md5').update('ue:realm:secret').digest();

type Reply = (request: StunMessage) => StunMessage | Buffer | undefined;

function answerTo(request: StunMessage, kind: 'success' | 'error'): StunMessage {
  return new StunMessage(request.method, kind, request.transaction);
}

function refusal(request: StunMessage, code: number, reason: string): StunMessage {
  return answerTo(request, 'error').set('ERROR-CODE', { code, reason });
}

function challenge(request: StunMessage, code = 401, nonce = 'n1'): StunMessage {
  return refusal(request, code, 'Challenge').set('REALM', 'realm').set('NONCE', Buffer.from(nonce));
}

function granted(request: StunMessage): StunMessage {
  return answerTo(request, 'success')
    .set('XOR-RELAYED-ADDRESS', { ip: '198.18.0.4', port: 50_000 })
    .set('LIFETIME', 600)
    .sign(key);
}

/**
 * Signs a message with MESSAGE-INTEGRITY at its end, where the codec would not put it
 * if there are unknown attributes.
 */
function signed(bytes: Buffer): Buffer {
  const head = Buffer.from(bytes);
  head.writeUInt16BE(bytes.length - 20 + 24, 2);
  const signature = createHmac('sha1', key).update(head).digest();
  return Buffer.concat([head, Buffer.from([0, 8, 0, 20]), signature]);
}

/** A client whose server answers with each of the replies in turn. */
function clientWith(transport: 'udp' | 'tcp', ...replies: Reply[]) {
  const channel = new FakeChannel(transport);
  const requests: StunMessage[] = [];
  const told: string[] = [];
  const data: unknown[] = [];
  const lost: AttemptFailure[] = [];
  channel.onSend = (bytes) => {
    const request = parseMessage(bytes);
    if (request?.kind !== 'request') return;
    // Told before it is sent, so that the packet can be recognised.
    expect(told).toContain(request.id);
    requests.push(request);
    const answer = replies.shift()?.(request);
    if (answer) queueMicrotask(() => channel.receive(Buffer.isBuffer(answer) ? answer : answer.bytes));
  };
  const client = new TurnClient(channel, credentials, rfcTimers, {
    transaction: (id) => told.push(id),
    data: (peer, bytes, via) => data.push({ peer, bytes, via }),
    lost: (failure) => lost.push(failure),
  });
  return { client, channel, requests, data, lost };
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
    expect(first?.names).not.toContain('MESSAGE-INTEGRITY');
    expect(second?.get('NONCE')).toEqual(Buffer.from('n1'));
    expect(second?.id).not.toBe(first?.id);
    expect(second?.get('REQUESTED-TRANSPORT')).toBe(17 << 24);
    expect(parseMessage(second?.bytes ?? Buffer.alloc(0), key)).toBeDefined();
  });

  it('takes a new nonce when the old is stale (438)', async () => {
    const replies: Reply[] = [(r) => challenge(r), (r) => challenge(r, 438, 'n2'), granted];
    const { client, requests } = clientWith('tcp', ...replies);
    await client.allocate();
    expect(requests[2]?.get('NONCE')).toEqual(Buffer.from('n2'));
  });

  it('takes the first realm and nonce of a challenge that repeats them (RFC 8489 14)', async () => {
    const repeating: Reply = (request) => {
      const answer = challenge(request);
      for (const [type, text] of [
        [0x0014, 'other'],
        [0x0015, 'n2'],
      ] as const)
        answer.add(type, Buffer.from(text));
      return answer;
    };
    const { client, requests } = clientWith('udp', repeating, granted);
    await client.allocate();
    expect(requests[1]?.get('REALM')).toBe('realm');
    expect(requests[1]?.get('NONCE')).toEqual(Buffer.from('n1'));
  });

  it('tries a realm that is new (RFC 8489 9.2.5), with whatever nonce cookie', async () => {
    const cookie = 'obMatJos2AAAD/n0';
    const inRealm =
      (realm: string): Reply =>
      (request) =>
        challenge(request, 401, cookie)
          .set('REALM', realm)
          .set('PASSWORD-ALGORITHMS', Buffer.from([0, 2, 0, 0, 0, 1, 0, 0]));
    const { client, requests } = clientWith('tcp', inRealm('first'), inRealm('realm'), granted);
    await client.allocate();
    expect(requests.map((request) => request.get('REALM') as unknown)).toEqual([undefined, 'first', 'realm']);
    expect(requests[2]?.get('NONCE')).toEqual(Buffer.from(cookie));
    expect(parseMessage(requests[2]!.bytes, key)).toBeDefined();
  });

  it.each([
    ['a realm that is new each time', 401],
    ['a nonce that is stale each time', 438],
  ])('does not go on for ever with %s', async (_, code) => {
    let realms = 0;
    const again: Reply = (request) =>
      challenge(request, requests.length === 1 ? 401 : code).set('REALM', `realm ${realms++}`);
    const { client, requests } = clientWith('tcp', ...Array<Reply>(10).fill(again));
    await expect(client.allocate()).rejects.toMatchObject({
      code: 'TURN_REFUSED',
      message: `Allocate: the TURN server answered ${code} Challenge`,
    });
    expect(requests).toHaveLength(4);
  });

  it('answers challenges of requests that were under way together', async () => {
    const { client, requests } = clientWith('tcp', challenge, challenge, granted, granted);
    await Promise.all([client.allocate(), client.allocate()]);
    expect(requests).toHaveLength(4);
  });

  it.each([
    ['a success', granted],
    ['an error', (request: StunMessage) => refusal(request, 486, '').sign(key)],
  ])('fails on %s with what must be understood and is not (RFC 8489 6.3.3, 6.3.4)', async (_, answer) => {
    const withUnknown: Reply = (request) => {
      const unsigned = new StunMessage(request.method, answer(request).kind, request.transaction);
      const { bytes } = unsigned.add(0x7abc, Buffer.alloc(3)).add(0xbabe, Buffer.alloc(0));
      return signed(bytes);
    };
    const { client } = clientWith('tcp', challenge, withUnknown);
    await expect(client.allocate()).rejects.toMatchObject({
      code: 'TURN_PROTOCOL',
      message: 'the answer to Allocate holds 0x7ABC, which must be understood and is not',
    });
  });

  it('says which attributes the server did not understand', async () => {
    const unknown: Reply = (request) => refusal(request, 420, '').set('UNKNOWN-ATTRIBUTES', [0x0019, 0x001a]);
    await expect(clientWith('tcp', unknown).client.allocate()).rejects.toMatchObject({
      code: 'TURN_REFUSED',
      message: 'Allocate: the TURN server answered 420 Unknown Attribute (0x0019, 0x001A)',
    });
  });

  it('says so when an error names no code', async () => {
    const silent: Reply = (request) => answerTo(request, 'error');
    await expect(clientWith('tcp', silent).client.allocate()).rejects.toMatchObject({
      message: 'Allocate: the TURN server answered 0 without an error code',
    });
  });

  it('is sent to another server by 300', async () => {
    const { client } = clientWith('tcp', (request) =>
      refusal(request, 300, '')
        .set('ALTERNATE-SERVER', { ip: '198.18.0.9', port: 443 })
        .set('ALTERNATE-DOMAIN', 'turn-2.example'),
    );
    await expect(client.allocate()).rejects.toMatchObject({
      code: 'TURN_REFUSED',
      message: 'Allocate: the TURN server answered 300 Try Alternate 198.18.0.9:443',
      server: { ip: '198.18.0.9', port: 443 },
      domain: 'turn-2.example',
    });
  });

  it('knows at once a stream that is not TURN, whoever speaks there', async () => {
    const { client, channel, lost } = clientWith('tcp');
    channel.onSend = () => channel.receive('HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n');
    await expect(client.allocate()).rejects.toMatchObject({
      code: 'TURN_PROTOCOL',
      message:
        'the TURN stream cannot be read: a frame begins with "HTTP/1.1 400 Bad Request", which is neither STUN nor ChannelData of a bound channel',
    });
    expect(lost).toHaveLength(1);
  });

  it('never throws, and always ends, whatever comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('udp', 'tcp'),
        fc.array(fc.uint8Array()),
        async (transport, pieces) => {
          const { client, channel } = clientWith(transport);
          const allocation = client.allocate().catch((error: unknown) => (error as AttemptFailure).code);
          for (const piece of pieces) channel.receive(Buffer.from(piece));
          await jest.advanceTimersByTimeAsync(39_500);
          expect(['TURN_PROTOCOL', 'TIMEOUT']).toContain(await allocation);
        },
      ),
      { numRuns: 50 },
    );
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
    const forged: Reply = (request) => granted(request).sign(Buffer.from('x'));
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
    expect(new Set(requests.map((request) => request.id)).size).toBe(1);
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
    const bound: Reply = (request) => answerTo(request, 'success').sign(key);
    const { client, channel, data } = clientWith('udp', (r) => challenge(r), granted, bound);
    await client.allocate();
    await client.bindChannel(0x4000, { ip: '198.18.0.5', port: 7 });
    const indication = new StunMessage('DATA', 'indication')
      .set('XOR-PEER-ADDRESS', { ip: '198.18.0.5', port: 7 })
      .set('DATA', Buffer.from('a'));
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
