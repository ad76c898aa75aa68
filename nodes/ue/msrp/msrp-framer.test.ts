import fc from 'fast-check';
import { cut } from '../testing/cut';
import { MsrpFramer, msrpBodyLimit, msrpHeadLimit } from './msrp-framer';
import type { Continuation, MsrpFrame } from './msrp-framer';
import { newTransaction, writeRequest, writeResponse } from './msrp-writer';

function frames(pieces: readonly Buffer[]): MsrpFrame[] {
  const framer = new MsrpFramer();
  return pieces.flatMap((piece) => framer.push(piece));
}

const continuation = fc.constantFrom<Continuation>('$', '+', '#');
const transaction = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.\-+%=]{3,31}$/);
/** Content that may hold text like the end of a chunk, or like the beginning of one. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom(
          '\r\n',
          '\r\n\r\n',
          '\r\n-------',
          '-------',
          'MSRP abcd SEND\r\n',
          '\r\n-------abcd$\r\n',
        )
        .map((text) => Buffer.from(text)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts));

const request = fc
  .record({ content: fc.option(content, { nil: undefined }), continuation, id: transaction })
  .filter(({ content, id }) => content?.includes(`-------${id}`) !== true)
  .map(({ content, continuation, id }) => {
    const headers = [
      ['To-Path', 'msrp://198.18.0.5:9/a;tcp'],
      ['X-Note', 'ä: b'],
    ] as const;
    const type = 'application/octet-stream';
    return {
      bytes: writeRequest({
        transaction: id,
        method: 'SEND',
        headers,
        content: content && { type, data: content },
        continuation,
      }),
      frame: {
        kind: 'request',
        transaction: id,
        method: 'SEND',
        headers: new Map([
          ['to-path', headers[0][1]],
          ['x-note', headers[1][1]],
          ...(content ? [['content-type', type] as const] : []),
        ]),
        body: content,
        continuation,
      },
    };
  });
const response = fc
  .record({ status: fc.integer({ min: 100, max: 999 }), id: transaction })
  .map(({ status, id }) => ({
    bytes: writeResponse(id, status, 'So So', { to: 'msrp://a', from: 'msrp://b' }),
    frame: {
      kind: 'response',
      transaction: id,
      status,
      reason: 'So So',
      headers: new Map([
        ['to-path', 'msrp://a'],
        ['from-path', 'msrp://b'],
      ]),
    },
  }));
const places = fc.array(fc.nat(), { maxLength: 12 });

describe('MsrpFramer', () => {
  it('reads what the writer wrote, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(request, response), { maxLength: 5 }), places, (parts, at) => {
        const bytes = Buffer.concat(parts.map((part) => part.bytes));
        expect(frames(cut(bytes, at))).toEqual(parts.map((part) => part.frame));
      }),
    );
  });

  it('gives the same frames for garbage however it is cut, and never throws', () => {
    const garbage = fc
      .array(
        fc.oneof(
          request.map(({ bytes }) => bytes),
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
          fc
            .constantFrom(
              'MSRP ',
              'MSRP abcd SEND\r\n',
              'A: b\r\n',
              '\r\n',
              '-------abcd',
              '$\r\n',
              '+',
              'MSRP abcd 200\r\n',
            )
            .map((text) => Buffer.from(text)),
        ),
      )
      .map((parts) => Buffer.concat(parts));
    fc.assert(
      fc.property(garbage, places, (bytes, at) => {
        expect(frames(cut(bytes, at))).toEqual(frames([bytes]));
      }),
    );
  });

  it('takes a blank line that nothing follows for content that is empty', () => {
    const text = 'MSRP abcd SEND\r\nContent-Type: text/plain\r\n\r\n-------abcd$\r\n';
    expect(frames([Buffer.from(text)])).toMatchObject([{ method: 'SEND', body: Buffer.alloc(0) }]);
  });

  it('is not ended by the end-line of a transaction whose id begins alike', () => {
    const text = 'MSRP abcd SEND\r\nContent-Type: a/b\r\n\r\nx\r\n-------abcde$\r\ny\r\n-------abcd$\r\n';
    const body = Buffer.from('x\r\n-------abcde$\r\ny');
    expect(frames([Buffer.from(text)])).toMatchObject([{ transaction: 'abcd', body }]);
  });

  it('takes the first of a repeated header field', () => {
    const text = 'MSRP abcd SEND\r\nMessage-ID: 1\r\nmessage-id: 2\r\n-------abcd$\r\n';
    expect(frames([Buffer.from(text)])).toMatchObject([{ headers: new Map([['message-id', '1']]) }]);
  });

  it.each([
    ['a chunk does not begin as MSRP does', 'HTTP/1.1 400 Bad Request\r\n'],
    ["a chunk's first line cannot be read", 'MSRP abc SEND\r\n'],
    ["a chunk's first line cannot be read", 'MSRP abcd send\r\n'],
    ["a chunk's header cannot be read", 'MSRP abcd SEND\r\nTo-Path\r\n\r\n'],
    ["a chunk's end-line cannot be read", 'MSRP abcd SEND\r\nTo-Path: a\r\n-------abcd!\r\n'],
  ])('gives up: %s', (reason, text) => {
    const framer = new MsrpFramer();
    expect(framer.push(Buffer.from(text))).toEqual([{ kind: 'broken', reason }]);
    expect(framer.push(Buffer.from('MSRP abcd SEND\r\n-------abcd$\r\n'))).toEqual([]);
  });

  it.each([
    [`a chunk's head is longer than ${msrpHeadLimit} bytes`, 'MSRP abcd SEND\r\n', 'X: ', msrpHeadLimit],
    [
      `a chunk's content is longer than ${msrpBodyLimit} bytes`,
      'MSRP abcd SEND\r\nA: b\r\n\r\n',
      '',
      msrpBodyLimit,
    ],
  ])('does not collect without end: %s', (reason, head, line, limit) => {
    const framer = new MsrpFramer();
    const piece = Buffer.from(`${line}${'x'.repeat(4000)}\r\n`);
    const seen = framer.push(Buffer.from(head));
    for (let sent = 0; seen.length === 0 && sent < 2 * limit; sent += piece.length) {
      seen.push(...framer.push(piece));
      expect(framer.pending).toBeLessThan(limit + 2 * piece.length);
    }
    expect(seen).toEqual([{ kind: 'broken', reason }]);
  });

  it('takes content up to the limit and no byte more', () => {
    const chunk = (bytes: number) =>
      writeRequest({
        transaction: 'abcd',
        method: 'SEND',
        headers: [],
        content: { type: 'a/b', data: Buffer.alloc(bytes, 'x') },
        continuation: '$',
      });
    expect(frames([chunk(msrpBodyLimit)])).toMatchObject([{ kind: 'request' }]);
    expect(frames([chunk(msrpBodyLimit + 1)])).toMatchObject([{ kind: 'broken' }]);
  });
});

describe('newTransaction', () => {
  it('is an ident of RFC 4975 9, and another each time', () => {
    const ids = Array.from({ length: 50 }, () => newTransaction(Buffer.from('x')));
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9][A-Za-z0-9.\-+%=]{3,31}$/);
    expect(new Set(ids).size).toBe(50);
  });
});
