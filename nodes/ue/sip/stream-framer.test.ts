import fc from 'fast-check';
import { SipFramer, sipBodyLimit, sipHeadLimit } from './stream-framer';
import type { SipFrame } from './stream-framer';

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...at, bytes.length].map((end, index) => bytes.subarray(at[index - 1] ?? 0, end));
}

function frames(chunks: readonly Buffer[]): SipFrame[] {
  const framer = new SipFramer();
  return chunks.flatMap((chunk) => framer.push(chunk));
}

const body = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '\r\n\r\n', 'SIP/2.0 200 OK\r\n\r\n'),
);
const field = fc.constantFrom('Content-Length', 'content-length', 'l', 'L');
const message = fc
  .record({ body, field, start: fc.constantFrom('SIP/2.0 200 OK', 'NOTIFY sip:a@b SIP/2.0') })
  .map(
    ({ body, field, start }) =>
      `${start}\r\n${field}: ${Buffer.byteLength(body)}\r\nTo: <sip:ä@b>\r\n\r\n${body}`,
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
        expect(frames(cut(bytes, at))).toEqual(frames([bytes]));
      }),
    );
  });

  it.each([
    ['a message does not begin as SIP does', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'],
    ['a message has no Content-Length', 'SIP/2.0 200 OK\r\n\r\n'],
    ['a message has no Content-Length', 'SIP/2.0 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['a message has two different Content-Length', 'SIP/2.0 200 OK\r\nl: 1\r\nContent-Length: 2\r\n\r\n'],
    [
      `a message's body is longer than ${sipBodyLimit} bytes`,
      `SIP/2.0 200 OK\r\nContent-Length: ${sipBodyLimit + 1}\r\n\r\n`,
    ],
  ])('gives up: %s', (reason, text) => {
    const framer = new SipFramer();
    expect(framer.push(Buffer.from(text))).toEqual([{ kind: 'broken', reason }]);
    expect(framer.push(Buffer.from('SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n'))).toEqual([]);
  });

  it('does not collect a head without end', () => {
    const framer = new SipFramer();
    const line = Buffer.from(`X: ${'x'.repeat(1019)}\r\n`);
    const seen: SipFrame[] = [];
    for (let sent = 0; seen.length === 0 && sent <= sipHeadLimit + line.length; sent += line.length) {
      seen.push(...framer.push(line));
    }
    expect(seen).toEqual([
      { kind: 'broken', reason: `a message's head is longer than ${sipHeadLimit} bytes` },
    ]);
  });
});
