import fc from 'fast-check';
import { cut } from '../testing/cut';
import { SipFramer, sipBodyLimit, sipHeadLimit } from './stream-framer';
import type { SipFrame } from './stream-framer';

function frames(chunks: readonly Buffer[]): SipFrame[] {
  const framer = new SipFramer();
  return chunks.flatMap((chunk) => framer.push(chunk));
}

/** Removes the quoted bytes of a reason, because their number depends on the cuts. */
function withoutExcerpts(all: readonly SipFrame[]): SipFrame[] {
  return all.map((frame) =>
    frame.kind === 'broken' ? { ...frame, reason: frame.reason.replace(/, but with .*/, '') } : frame,
  );
}

const body = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '\r\n\r\n', 'SIP/2.0 200 OK\r\n\r\n'),
);
const field = fc.constantFrom('Content-Length:', 'content-length  :', 'l:', 'L :\r\n\t');
const message = fc
  .record({ body, field, start: fc.constantFrom('SIP/2.0 200 OK', 'NOTIFY sip:a@b SIP/2.0') })
  .map(
    ({ body, field, start }) =>
      `${start}\r\n${field} ${Buffer.byteLength(body)}\r\nTo: <sip:ä@b>\r\n\r\n${body}`,
  );
/** Messages with keep-alives before, between and after them. */
const stream = fc.array(fc.oneof(message, fc.constant('\r\n')), { maxLength: 6 });
const places = fc.array(fc.nat(), { maxLength: 12 });

describe('SipFramer', () => {
  it('gives the same messages however the stream is cut', () => {
    fc.assert(
      fc.property(stream, places, (parts, at) => {
        const expected = parts.map((part) =>
          part === '\r\n' ? { kind: 'crlf' } : { kind: 'message', text: part },
        );
        expect(frames(cut(Buffer.from(parts.join('')), at))).toEqual(expected);
      }),
    );
  });

  it('gives the same frames for garbage however it is cut, and never throws', () => {
    const garbage = fc
      .array(
        fc.oneof(
          message,
          fc.string(),
          fc.constantFrom('\r\n', '\r', '\r\n\r\n', 'SIP/2.0 200 OK\r\nl: x\r\n\r\n'),
        ),
      )
      .map((parts) => Buffer.from(parts.join('')));
    fc.assert(
      fc.property(fc.oneof(garbage, fc.uint8Array().map(Buffer.from)), places, (bytes, at) => {
        expect(withoutExcerpts(frames(cut(bytes, at)))).toEqual(withoutExcerpts(frames([bytes])));
      }),
    );
  });

  it.each([
    ['"HTTP/1.1 400 Bad Request"', 'HTTP/1.1 400 Bad Request\r\n'],
    ['bytes 15 03 03 00 02 02 46', '\x15\x03\x03\x00\x02\x02\x46'],
    ['"NOTIFY sip:a@b SIP/2.0"', 'NOTIFY sip:a@b SIP/2.0\nl: 0\n\n'],
    [`"${'x'.repeat(60)}..."`, 'x'.repeat(9000)],
  ])('knows at once what does not begin as SIP does, but with %s', (quoted, text) => {
    expect(frames([Buffer.from(text, 'latin1')])).toEqual([
      { kind: 'broken', reason: `a message does not begin as SIP does, but with ${quoted}` },
    ]);
  });

  it.each([
    ['a message has no Content-Length', 'SIP/2.0 200 OK'],
    ['a message has the Content-Length "-1"', 'SIP/2.0 200 OK\r\nContent-Length: -1'],
    ['a message has the Content-Length nothing', 'SIP/2.0 200 OK\r\nContent-Length:'],
    ['a message has two different Content-Length', 'SIP/2.0 200 OK\r\nl: 1\r\nContent-Length: 2'],
    [
      `a message's body is longer than ${sipBodyLimit} bytes`,
      `SIP/2.0 200 OK\r\nContent-Length: ${sipBodyLimit + 1}`,
    ],
  ])('gives up: %s', (reason, head) => {
    const framer = new SipFramer();
    expect(framer.push(Buffer.from(`${head}\r\n\r\n`))).toEqual([{ kind: 'broken', reason, head }]);
    expect(framer.push(Buffer.from('SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n'))).toEqual([]);
  });

  it('does not collect a head without end', () => {
    const framer = new SipFramer();
    const line = Buffer.from(`X: ${'x'.repeat(1019)}\r\n`);
    const seen = framer.push(Buffer.from('SIP/2.0 200 OK\r\n'));
    for (let sent = 0; seen.length === 0 && sent <= sipHeadLimit + line.length; sent += line.length) {
      seen.push(...framer.push(line));
    }
    expect(seen).toEqual([
      { kind: 'broken', reason: `a message's head is longer than ${sipHeadLimit} bytes` },
    ]);
  });
});
