import fc from 'fast-check';
import { writeByteRange } from './byte-range';
import type { Continuation, MsrpRequest } from './msrp-framer';
import { MsrpReceiver } from './msrp-receiver';

const limit = 1000;
const receiver = () => new MsrpReceiver(['text/plain'], limit);

function chunk(
  body: Buffer | string | undefined,
  range: string | undefined,
  continuation: Continuation = '$',
  extra: Record<string, string> = {},
): MsrpRequest {
  const headers = new Map(Object.entries({ 'message-id': 'm', 'content-type': 'text/plain', ...extra }));
  if (range !== undefined) headers.set('byte-range', range);
  return {
    kind: 'request',
    transaction: 'abcd',
    method: 'SEND',
    headers,
    body: body === undefined ? undefined : Buffer.from(body),
    continuation,
  };
}

const failure = (message: string) => ({ code: 'MSRP_FAILED', message });

describe('MsrpReceiver', () => {
  it('puts messages together, whatever the chunks and however those of several lie between each other', () => {
    const message = fc.record({
      content: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      size: fc.integer({ min: 1, max: 50 }),
      open: fc.boolean(),
      sized: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        (messages, turns) => {
          const queues = messages.map(({ content, size, open, sized }, index) =>
            Array.from({ length: Math.max(1, Math.ceil(content.length / size)) }, (_, part) => {
              const data = content.subarray(part * size, (part + 1) * size);
              const end = part * size + data.length;
              const range = {
                start: part * size + 1,
                end: open ? undefined : end,
                total: sized ? content.length : undefined,
              };
              const last = end === content.length;
              return chunk(data, writeByteRange(range), last ? '$' : '+', { 'message-id': `m${index}` });
            }),
          );
          const whole = new Map<string, Buffer>();
          const end = receiver();
          for (let turn = 0; queues.some((queue) => queue.length > 0); turn++) {
            const left = queues.filter((queue) => queue.length > 0);
            const next = left[(turns[turn] ?? 0) % left.length]?.shift();
            if (next === undefined) continue;
            const { status, message } = end.take(next);
            expect(status).toBe(200);
            if (message !== undefined) whole.set(message.id, message.content);
          }
          expect(whole).toEqual(new Map(messages.map(({ content }, index) => [`m${index}`, content])));
        },
      ),
    );
  });

  it('takes what comes twice as it came last', () => {
    const end = receiver();
    end.take(chunk('abcd', '1-4/6', '+'));
    end.take(chunk('XY', '3-4/6', '+'));
    expect(end.take(chunk('ef', '5-6/6')).message?.content.toString()).toBe('abXYef');
  });

  it('takes a SEND without content for no message', () => {
    expect(receiver().take(chunk(undefined, '1-0/0'))).toEqual({ status: 200, reason: 'OK' });
  });

  it.each([
    ['a chunk has 3 bytes and says 5', [chunk('abc', '1-5/5')]],
    ['a chunk has 6 bytes and says 5', [chunk('abcdef', '1-5/9', '+')]],
    ['a message ended with 3 of 5 bytes', [chunk('abc', '1-*/5')]],
    ['a message ended with 4 of 6 bytes', [chunk('ab', '1-2/6', '+'), chunk('ef', '5-6/6')]],
    ["a chunk's Byte-Range cannot be read", [chunk('abc', '0-2/3')]],
  ])('answers 400, and tells: %s', (text, chunks) => {
    const end = receiver();
    const last = chunks.map((request) => end.take(request)).at(-1);
    expect(last).toMatchObject({ status: 400, failure: failure(text) });
    // The failure comes once, and the message's other chunks are refused with the same status.
    const again = end.take(chunk('x', '1-1/1'));
    expect(again.status).toBe(400);
    expect(again.failure).toBeUndefined();
    expect(again.message).toBeUndefined();
  });

  it('answers 413 as soon as a message is larger than it takes, by its word or by its bytes', () => {
    expect(receiver().take(chunk('a', `1-1/${limit + 1}`, '+'))).toMatchObject({
      status: 413,
      failure: failure('a message has 1001 bytes, 1000 are taken'),
    });
    const end = receiver();
    const part = Buffer.alloc(limit);
    expect(end.take(chunk(part, '1-*/*', '+')).status).toBe(200);
    expect(end.take(chunk('a', `${limit + 1}-*/*`, '+'))).toMatchObject({
      status: 413,
      failure: failure('a message has at least 1001 bytes, 1000 are taken'),
    });
  });

  it('answers 413 when more messages come at once than it keeps', () => {
    const end = receiver();
    const statuses = Array.from(
      { length: 9 },
      (_, index) => end.take(chunk('a', '1-1/2', '+', { 'message-id': `m${index}` })).status,
    );
    expect(statuses).toEqual([...Array<number>(8).fill(200), 413]);
  });

  it('answers 415 to a type that it does not take', () => {
    expect(receiver().take(chunk('a', '1-1/1', '$', { 'content-type': 'Image/PNG; x=y' }))).toMatchObject({
      status: 415,
      failure: failure('a message is of type image/png'),
    });
  });

  it('forgets a message that is given up (#), and tells', () => {
    const end = receiver();
    end.take(chunk('abc', '1-3/9', '+'));
    expect(end.take(chunk(undefined, '4-3/9', '#'))).toMatchObject({
      status: 200,
      failure: failure('the other end gave a message up after 3 bytes of it had come'),
    });
    expect(end.take(chunk('again', '1-5/5')).message?.content.toString()).toBe('again');
  });

  it('answers 400 without a Message-ID', () => {
    expect(receiver().take(chunk('a', '1-1/1', '$', { 'message-id': '' })).status).toBe(400);
  });
});
