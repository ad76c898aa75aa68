import fc from 'fast-check';
import { AttemptFailure } from '../failure';
import { FakeChannel } from '../testing/fake-channel';
import { MsrpFramer } from './msrp-framer';
import type { MsrpFrame, MsrpRequest } from './msrp-framer';
import { MsrpSession } from './msrp-session';
import type { MsrpSessionOptions } from './msrp-session';

const here = 'msrp://10.89.1.2:9/here;tcp';
const there = 'msrp://198.18.0.5:40000/there;tcp';
const type = 'text/plain';
const options: MsrpSessionOptions = {
  local: here,
  remote: there,
  timers: { msrpTransaction: 30_000 },
  types: [type],
  chunkSize: 4,
  messageLimit: 1000,
};

/** A session whose other end is the test. */
function session(change: Partial<MsrpSessionOptions> = {}) {
  const channel = new FakeChannel('tls');
  const framer = new MsrpFramer();
  const sent: MsrpFrame[] = [];
  channel.onSend = (data) => sent.push(...framer.push(data));
  const ours = new MsrpSession(channel, { ...options, ...change });
  const requests = () => sent.filter((frame): frame is MsrpRequest => frame.kind === 'request');
  return {
    ours,
    channel,
    sent,
    requests,
    /** Answers the request that was sent as number `index`. */
    answer: (index: number, status = '200 OK') => {
      const transaction = requests()[index]?.transaction ?? 'none';
      channel.receive(
        `MSRP ${transaction} ${status}\r\nTo-Path: ${here}\r\nFrom-Path: ${there}\r\n-------${transaction}$\r\n`,
      );
    },
    /** Reports on the message of the first request. */
    report: (range: string, status = '000 200 OK') => {
      const id = requests()[0]?.headers.get('message-id') ?? 'none';
      channel.receive(
        `MSRP rept REPORT\r\nTo-Path: ${here}\r\nFrom-Path: ${there}\r\nMessage-ID: ${id}\r\nByte-Range: ${range}\r\nStatus: ${status}\r\n-------rept$\r\n`,
      );
    },
    /** Sends a chunk. */
    chunk: (fields: readonly string[], content?: string, end = '$', to = here, from = there) => {
      const head = [`MSRP abcd SEND`, `To-Path: ${to}`, `From-Path: ${from}`, ...fields].join('\r\n');
      const body = content === undefined ? '' : `Content-Type: ${type}\r\n\r\n${content}\r\n`;
      channel.receive(`${head}\r\n${body}-------abcd${end}\r\n`);
    },
  };
}

/** Two sessions on either end of one connection, which cuts what it carries into pieces. */
function pair(pieces: number, change: Partial<MsrpSessionOptions> = {}) {
  const [near, far] = [new FakeChannel('tcp'), new FakeChannel('tcp')];
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.onSend = (data) => {
      for (let at = 0; at < data.length; at += pieces) {
        queueMicrotask(() => to.receive(data.subarray(at, at + pieces)));
      }
    };
  }
  return [
    new MsrpSession(near, { ...options, ...change }),
    new MsrpSession(far, { ...options, ...change, local: there, remote: here }),
  ] as const;
}

describe('MsrpSession', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] }));
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('carries any message either way, whatever the chunks and pieces', async () => {
    const message = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    const size = fc.integer({ min: 1, max: 64 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { maxLength: 3 }),
        size,
        size,
        async (messages, chunkSize, pieces) => {
          const [a, b] = pair(pieces, { chunkSize });
          await Promise.all([a.greet(), b.greeting()]);
          for (const content of messages) {
            const [, , atB, atA] = await Promise.all([
              a.send(content, type),
              b.send(content, type),
              b.message(),
              a.message(),
            ]);
            expect([atA, atB]).toEqual([content, content]);
          }
          a.end(new AttemptFailure('ABANDONED', 'over'));
          b.end(new AttemptFailure('ABANDONED', 'over'));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('binds the connection with a SEND without content (RFC 4975 5.4)', async () => {
    const { ours, requests, answer } = session();
    const greeted = ours.greet();
    expect(requests()).toMatchObject([{ method: 'SEND', body: undefined, continuation: '$' }]);
    expect(requests()[0]?.headers.get('to-path')).toBe(there);
    expect(requests()[0]?.headers.get('from-path')).toBe(here);
    expect(requests()[0]?.headers.get('byte-range')).toBe('1-0/0');
    answer(0);
    await greeted;
  });

  it('has sent a message when every chunk is answered and the whole is reported, and not before', async () => {
    const { ours, requests, answer, report } = session();
    let over = false;
    const sending = ours.send(Buffer.from('abcdefghij'), type).then(() => (over = true));
    await jest.advanceTimersByTimeAsync(0);
    expect(requests().map(({ body }) => body?.toString())).toEqual(['abcd', 'efgh', 'ij']);
    expect(requests().map(({ headers }) => headers.get('byte-range'))).toEqual([
      '1-4/10',
      '5-8/10',
      '9-10/10',
    ]);
    expect(requests().map(({ continuation }) => continuation)).toEqual(['+', '+', '$']);
    expect(new Set(requests().map(({ transaction }) => transaction)).size).toBe(3);
    expect(new Set(requests().map(({ headers }) => headers.get('message-id'))).size).toBe(1);
    answer(0);
    answer(1);
    report('1-6/10');
    answer(2);
    await jest.advanceTimersByTimeAsync(0);
    expect(over).toBe(false);
    report('7-10/10');
    await sending;
  });

  it('leaves the end of a chunk open that is so long that it must be interruptible (RFC 4975 5.1)', async () => {
    const { ours, requests } = session({ chunkSize: 3000 });
    const sending = ours.send(Buffer.alloc(5000), type);
    await jest.advanceTimersByTimeAsync(0);
    expect(requests().map(({ headers }) => headers.get('byte-range'))).toEqual([
      '1-*/5000',
      '3001-5000/5000',
    ]);
    ours.end(new AttemptFailure('ABANDONED', 'over'));
    await expect(sending).rejects.toMatchObject({ code: 'ABANDONED' });
  });

  it('has no more than 64 KiB under way that are not answered', async () => {
    const { ours, requests, answer } = session({ chunkSize: 2048 });
    const sending = ours.send(Buffer.alloc(1024 * 1024), type);
    await jest.advanceTimersByTimeAsync(0);
    expect(requests()).toHaveLength(32);
    answer(0);
    await jest.advanceTimersByTimeAsync(0);
    expect(requests()).toHaveLength(33);
    ours.end(new AttemptFailure('ABANDONED', 'over'));
    await expect(sending).rejects.toMatchObject({ code: 'ABANDONED' });
  });

  it.each(['481 Session Does Not Exist', '413 Too Large', '403 No'])('fails by %s', async (status) => {
    const { ours, requests, answer } = session({ chunkSize: 2048 });
    const sending = expect(ours.send(Buffer.alloc(100_000), type)).rejects.toMatchObject({
      code: 'MSRP_FAILED',
      message: `the other end answered ${status}`,
    });
    await jest.advanceTimersByTimeAsync(0);
    const before = requests().length;
    answer(0, status);
    await sending;
    // No further chunk of the message is sent, except the one that tells the other end so.
    expect(requests().slice(before)).toMatchObject([{ body: undefined, continuation: '#' }]);
    answer(before);
    for (let index = 1; index < before; index++) answer(index);
  });

  it('fails by a report of a failure', async () => {
    const { ours, answer, report } = session();
    const sending = ours.send(Buffer.from('abc'), type);
    await jest.advanceTimersByTimeAsync(0);
    answer(0);
    report('1-3/3', '000 408 Downstream timeout');
    await expect(sending).rejects.toMatchObject({
      code: 'MSRP_FAILED',
      message: 'the other end reports 408 Downstream timeout',
    });
  });

  it('fails when there is no response, or no report', async () => {
    const silent = session();
    const sending = expect(silent.ours.send(Buffer.from('abc'), type)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'no answer to SEND within 30 s (transaction timer of RFC 4975)',
    });
    await jest.advanceTimersByTimeAsync(30_000);
    await sending;
    const unreported = session();
    const waiting = expect(unreported.ours.send(Buffer.from('abc'), type)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'all 3 bytes were answered, but no report that they arrived came within 30 s',
    });
    await jest.advanceTimersByTimeAsync(0);
    unreported.answer(0);
    await jest.advanceTimersByTimeAsync(30_000);
    await waiting;
  });

  it('goes on with the next message when one has failed', async () => {
    const { ours, requests, answer } = session();
    const [first, second] = [ours.send(Buffer.from('abc'), type), ours.send(Buffer.from('def'), type)];
    await jest.advanceTimersByTimeAsync(0);
    expect(requests()).toHaveLength(1);
    answer(0, '400 No');
    await expect(first).rejects.toMatchObject({ code: 'MSRP_FAILED' });
    await jest.advanceTimersByTimeAsync(0);
    expect(requests()[1]?.body?.toString()).toBe('def');
    ours.end(new AttemptFailure('ABANDONED', 'over'));
    await expect(second).rejects.toMatchObject({ code: 'ABANDONED' });
  });

  it('answers each chunk and reports the whole', async () => {
    const { ours, sent, chunk } = session();
    const fields = ['Message-ID: m', 'Success-Report: yes'];
    chunk([...fields, 'Byte-Range: 1-2/4'], 'ab', '+');
    chunk([...fields, 'Byte-Range: 3-4/4'], 'cd');
    expect((await ours.message()).toString()).toBe('abcd');
    expect(sent).toMatchObject([
      { kind: 'response', transaction: 'abcd', status: 200 },
      { kind: 'response', transaction: 'abcd', status: 200 },
      { kind: 'request', method: 'REPORT', continuation: '$' },
    ]);
    const report = sent[2];
    expect(report?.kind === 'request' && Object.fromEntries(report.headers)).toEqual({
      'to-path': there,
      'from-path': here,
      'message-id': 'm',
      'byte-range': '1-4/4',
      status: '000 200 OK',
    });
  });

  it.each([
    ['no', 'ab', '1-2/2', []],
    ['no', 'ab', '1-9/9', []],
    ['partial', 'ab', '1-2/2', []],
    ['partial', 'ab', '1-9/9', [400]],
    ['yes', 'ab', '1-2/2', [200]],
  ])('with Failure-Report %s to %s in %s answers %j', (wanted, content, range, statuses) => {
    const { sent, chunk } = session();
    chunk(['Message-ID: m', `Byte-Range: ${range}`, `Failure-Report: ${wanted}`], content);
    expect(sent.map((frame) => frame.kind === 'response' && frame.status)).toEqual(statuses);
  });

  it('answers 481 to what is for another session or from another end, and takes nothing of it', async () => {
    const { ours, sent, chunk } = session();
    const bound = ours.greeting();
    chunk(['Message-ID: m'], 'a', '$', 'msrp://10.89.1.2:9/other;tcp');
    chunk(['Message-ID: m'], 'b', '$', here, 'msrp://198.18.0.5:40000/other;tcp');
    expect(sent).toMatchObject([{ status: 481 }, { status: 481 }]);
    expect(sent[0]?.kind === 'response' && Object.fromEntries(sent[0].headers)).toEqual({
      'to-path': there,
      'from-path': 'msrp://10.89.1.2:9/other;tcp',
    });
    chunk(['Message-ID: m'], 'c');
    await bound;
    expect((await ours.message()).toString()).toBe('c');
  });

  it('answers 501 to a method that it does not know', () => {
    const { sent, channel } = session();
    channel.receive(`MSRP abcd NICKNAME\r\nTo-Path: ${here}\r\nFrom-Path: ${there}\r\n-------abcd$\r\n`);
    expect(sent).toMatchObject([{ kind: 'response', transaction: 'abcd', status: 501 }]);
  });

  it('tells of a message that the other end gives up, and goes on', async () => {
    const { ours, chunk } = session();
    chunk(['Message-ID: m', 'Byte-Range: 1-2/4'], 'ab', '+');
    chunk(['Message-ID: m', 'Byte-Range: 3-2/4'], undefined, '#');
    await expect(ours.message()).rejects.toMatchObject({
      code: 'MSRP_FAILED',
      message: 'the other end gave a message up after 2 bytes of it had come',
    });
    chunk(['Message-ID: n'], 'next');
    expect((await ours.message()).toString()).toBe('next');
  });

  it.each([
    ['a chunk does not begin as MSRP does', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    [
      "a chunk's content is longer than 1048576 bytes",
      `MSRP abcd SEND\r\nA: b\r\n\r\n${'x'.repeat(1_048_700)}`,
    ],
  ])('is over when what comes is no MSRP or too long: %s', async (reason, text) => {
    const { ours, channel } = session();
    const failure = { code: 'MSRP_FAILED', message: `what came cannot be read as MSRP: ${reason}` };
    const [sending, receiving] = [ours.send(Buffer.from('abc'), type), ours.message()];
    const both = Promise.all([
      expect(sending).rejects.toMatchObject(failure),
      expect(receiving).rejects.toMatchObject(failure),
    ]);
    await jest.advanceTimersByTimeAsync(0);
    channel.receive(text);
    await both;
    await expect(ours.send(Buffer.from('abc'), type)).rejects.toMatchObject(failure);
  });

  it('says that a chunk was cut when the connection ends within it', async () => {
    const lost = new AttemptFailure('CONNECTION_LOST', 'closed by the other side');
    const { ours, channel } = session();
    channel.receive('MSRP abcd SEND\r\nTo-Pa');
    channel.lose(lost);
    await expect(ours.message()).rejects.toMatchObject({
      code: 'MSRP_FAILED',
      message: 'a chunk broke off after 21 bytes: closed by the other side',
    });
    const idle = session();
    idle.channel.lose(lost);
    await expect(idle.ours.message()).rejects.toBe(lost);
    await expect(idle.ours.greeting()).rejects.toBe(lost);
  });

  it('keeps the lab’s word when that gave the connection up within a chunk', async () => {
    const abandoned = new AttemptFailure('ABANDONED', 'abandoned at the request of the lab');
    const { ours, channel } = session();
    channel.receive('MSRP abcd SEND\r\nTo-Pa');
    channel.lose(abandoned);
    await expect(ours.message()).rejects.toBe(abandoned);
  });

  it('waits for a message as long as something comes, and then no longer than a transaction may last', async () => {
    const { ours, chunk } = session();
    const waiting = expect(ours.message()).rejects.toMatchObject({
      code: 'NO_MEDIA',
      message: 'nothing came for 30 s',
    });
    await jest.advanceTimersByTimeAsync(29_000);
    chunk(['Message-ID: m', 'Byte-Range: 1-2/4'], 'ab', '+');
    await jest.advanceTimersByTimeAsync(29_000);
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(1000);
    await waiting;
    const mute = expect(ours.message()).rejects.toMatchObject({ code: 'NO_MEDIA' });
    await jest.advanceTimersByTimeAsync(30_000);
    await mute;
  });

  it('does not wait for ever for the SEND that binds the connection', async () => {
    const { ours } = session();
    const waiting = expect(ours.greeting()).rejects.toMatchObject({
      code: 'NO_MEDIA',
      message: 'connected, but no SEND for this session came within 30 s',
    });
    await jest.advanceTimersByTimeAsync(30_000);
    await waiting;
  });

  it('never throws, whatever comes', () => {
    const text = fc.array(
      fc.oneof(
        fc.constantFrom(
          `MSRP abcd SEND\r\nTo-Path: ${here}\r\nFrom-Path: ${there}\r\n`,
          'MSRP abcd SEND\r\n',
          'MSRP abcd REPORT\r\n',
          'MSRP abcd 200 OK\r\n',
          'Message-ID: m\r\n',
          'Byte-Range: 1-*/*\r\n',
          'Byte-Range: 999999999999999-*/*\r\n',
          'Status: 000 200\r\n',
          `Content-Type: ${type}\r\n\r\nx\r\n`,
          '-------abcd$\r\n',
          '-------abcd+\r\n',
          '-------abcd#\r\n',
        ),
        fc.string(),
      ),
    );
    fc.assert(
      fc.property(text, (parts) => {
        const { ours, channel } = session();
        channel.receive(parts.join(''));
        ours.end(new AttemptFailure('ABANDONED', 'over'));
      }),
    );
  });
});
