import fc from 'fast-check';
import { cut } from '../testing/cut';
import { ConnectReplyParser, connectReplyLimit } from './connect-reply';
import type { ConnectReply } from './connect-reply';

/** Parses the chunks of a connection. @returns the reply, with every byte that came after it */
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

/** Removes the quoted bytes of a reason, because their number depends on the cuts. */
function withoutExcerpt(reply: ConnectReply | undefined): ConnectReply | undefined {
  return reply?.kind === 'broken'
    ? { ...reply, reason: reply.reason.replace(/(it begins with).*/, '$1') }
    : reply;
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
        fc.constantFrom('\r\n', '\n'),
        rest,
        places,
        (version, status, reason, fields, lineEnd, rest, at) => {
          const head = [`${version} ${status} ${reason}`, ...fields, '', ''].join(lineEnd);
          const reply = parse(cut(Buffer.concat([Buffer.from(head), rest]), at));
          expect(reply).toEqual({ kind: 'reply', status, reason: reason.trim(), schemes: [], rest });
        },
      ),
    );
  });

  it('says the same of garbage however it is cut, and never throws', () => {
    const garbage = fc.oneof(
      rest,
      fc.string().map((text) => Buffer.from(`HTTP/1.1 ${text}\r\n\r\n`)),
      fc.string().map((text) => Buffer.from(`HTTP/1.1 200 OK\r\n${text}`)),
      fc.string().map((text) => Buffer.from(`HTTP/1.1 407 No\nProxy-Authenticate: ${text}\n\n`)),
    );
    fc.assert(
      fc.property(garbage, places, (bytes, at) => {
        expect(withoutExcerpt(parse(cut(bytes, at)))).toEqual(withoutExcerpt(parse([bytes])));
      }),
    );
  });

  it('skips 1xx replies (RFC 9110 15.2)', () => {
    const text = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\n\nHTTP/1.1 200 OK\r\n\r\nx';
    expect(parse([Buffer.from(text)])).toMatchObject({ status: 200, reason: 'OK', rest: Buffer.from('x') });
  });

  it('does not wait behind 101, which no other reply follows (RFC 9110 15.2.2)', () => {
    const text = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';
    expect(parse([Buffer.from(text)])).toMatchObject({ status: 101, reason: 'Switching Protocols' });
  });

  it('does not read interim replies for ever', () => {
    expect(parse([Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000))])).toEqual({
      kind: 'broken',
      reason: `the reply's head is longer than ${connectReplyLimit} bytes`,
    });
  });

  it.each([
    ['HTTP/1.0 200 Connection established\r\n\r\n', { status: 200, reason: 'Connection established' }],
    ['HTTP/1.1 200\r\n\r\n', { status: 200, reason: '' }],
    ['HTTP/1.1 200 \n\n', { status: 200, reason: '' }],
    [
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello',
      { status: 200, rest: Buffer.from('hello') },
    ],
    ['HTTP/1.1 200 OK\r\nX-Long: a\r\n  folded: b\r\n\r\nx', { status: 200, rest: Buffer.from('x') }],
    ['HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nbody', { status: 403, reason: 'Forbidden' }],
  ])('takes %j', (text, reply) => {
    expect(parse([Buffer.from(text)])).toMatchObject({ kind: 'reply', ...reply });
  });

  it.each([
    ['Proxy-Authenticate: Basic realm="lab"', ['Basic']],
    [
      'proxy-authenticate:Digest realm="a, NTLM b", nonce = "x", qop="auth"\r\nProxy-Authenticate: basic realm=x',
      ['Digest', 'basic'],
    ],
    ['Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM TlRMTVNTUAA=', ['Negotiate', 'NTLM']],
    [
      'Proxy-Authenticate: Negotiate, Basic realm="a\\"b",\r\n charset="UTF-8", , BASIC realm="c"',
      ['Negotiate', 'BASIC'],
    ],
    ['WWW-Authenticate: Basic realm="x"', []],
    ['Proxy-Authenticate:', []],
  ])('names the schemes of a 407: %s', (fields, schemes) => {
    const text = `HTTP/1.1 407 Proxy Authentication Required\r\n${fields}\r\n\r\n`;
    expect(parse([Buffer.from(text)])).toMatchObject({ status: 407, schemes });
  });

  it.each([
    ['the reply is not HTTP/1.x: it begins with "SSH-2.0-OpenSSH_9.2"', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['the reply is not HTTP/1.x: it begins with bytes 15 03 03 00 02 02 46', '\x15\x03\x03\x00\x02\x02\x46'],
    ['the reply is not HTTP/1.x: it begins with "HTTP/2 200"', 'HTTP/2 200\r\n\r\n'],
    // These are refused without waiting for the end of the head, which might never come.
    ["the reply's status line is malformed: HTTP/1.1 two hundred", 'HTTP/1.1 two hundred\n'],
    ["the reply's status line is malformed: HTTP/1.1 2000 OK", 'HTTP/1.1 2000 OK\r\n'],
    [
      `the reply's head is longer than ${connectReplyLimit} bytes`,
      `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`,
    ],
    [`the reply's head is longer than ${connectReplyLimit} bytes`, `HTTP/1.1 ${'2'.repeat(20_000)}`],
  ])('gives up: %s', (reason, text) => {
    expect(parse([Buffer.from(text)])).toEqual({ kind: 'broken', reason });
  });

  it.each([
    ['', undefined],
    ['HTTP/1.1 403 Forbidden\r\nServer: x', { kind: 'reply', status: 403, reason: 'Forbidden' }],
    [
      'HTTP/1.1 200 OK\r\nServer: x',
      { kind: 'broken', reason: 'the reply breaks off after "HTTP/1.1 200 OK"' },
    ],
    ['HTTP/1', { kind: 'broken', reason: 'the reply breaks off after "HTTP/1"' }],
  ])('says what a connection that ended with %j meant', (text, meaning) => {
    const parser = new ConnectReplyParser();
    expect(parser.push(Buffer.from(text))).toBeUndefined();
    const end = parser.end();
    if (meaning === undefined) expect(end).toBeUndefined();
    else expect(end).toMatchObject(meaning);
  });
});
