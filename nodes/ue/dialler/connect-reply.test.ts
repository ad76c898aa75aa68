import fc from 'fast-check';
import { ConnectReplyParser, connectReplyLimit } from './connect-reply';
import type { ConnectReply } from './connect-reply';

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...at, bytes.length].map((end, index) => bytes.subarray(at[index - 1] ?? 0, end));
}

/** What a client knows in the end: the reply, with every byte that came behind it. */
function parse(chunks: readonly Buffer[]): ConnectReply | undefined {
  const parser = new ConnectReplyParser();
  for (const [index, chunk] of chunks.entries()) {
    const reply = parser.push(chunk);
    if (reply?.kind === 'reply')
      return { ...reply, rest: Buffer.concat([reply.rest, ...chunks.slice(index + 1)]) };
    if (reply !== undefined) return reply;
  }
  return undefined;
}

const places = fc.array(fc.nat(), { maxLength: 12 });
const version = fc.constantFrom('HTTP/1.0', 'HTTP/1.1');
const status = fc.integer({ min: 200, max: 599 });
const reason = fc.stringMatching(/^[A-Za-z ]{0,20}$/);
const fields = fc.array(fc.stringMatching(/^[A-Za-z-]{1,10}: [ -~]{0,20}$/), { maxLength: 5 });
const rest = fc.uint8Array().map((bytes) => Buffer.from(bytes));

describe('ConnectReplyParser', () => {
  it('reads the reply and leaves the tunnel its bytes, however the stream is cut', () => {
    fc.assert(
      fc.property(
        version,
        status,
        reason,
        fields,
        rest,
        places,
        (version, status, reason, fields, rest, at) => {
          const head = [`${version} ${status} ${reason}`, ...fields, '', ''].join('\r\n');
          const reply = parse(cut(Buffer.concat([Buffer.from(head), rest]), at));
          expect(reply).toEqual({ kind: 'reply', status, reason, rest });
        },
      ),
    );
  });

  it('says the same of garbage however it is cut, and never throws', () => {
    const garbage = fc.oneof(
      rest,
      fc.string().map((text) => Buffer.from(`HTTP/1.1 ${text}\r\n\r\n`)),
      fc.string().map((text) => Buffer.from(`HTTP/1.1 200 OK\r\n${text}`)),
    );
    fc.assert(
      fc.property(garbage, places, (bytes, at) => {
        expect(parse(cut(bytes, at))).toEqual(parse([bytes]));
      }),
    );
  });

  it('skips 1xx replies (RFC 9110 15.2)', () => {
    const text = 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx';
    expect(parse([Buffer.from(text)])).toEqual({
      kind: 'reply',
      status: 200,
      reason: 'OK',
      rest: Buffer.from('x'),
    });
  });

  it.each([
    ['the reply is not HTTP/1.x', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['the reply is not HTTP/1.x', 'HTTP/2 200\r\n\r\n'],
    ["the reply's status line is malformed: HTTP/1.1 two hundred", 'HTTP/1.1 two hundred\r\n\r\n'],
    ["the reply's status line is malformed: HTTP/1.1 2000 OK", 'HTTP/1.1 2000 OK\r\n\r\n'],
    [
      `the reply's head is longer than ${connectReplyLimit} bytes`,
      `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`,
    ],
  ])('gives up: %s', (reason, text) => {
    expect(parse([Buffer.from(text)])).toEqual({ kind: 'broken', reason });
  });
});
