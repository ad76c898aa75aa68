import { judged, msrp } from '../testing/messages';

const paths = 'To-Path: msrp://b:1/y;tcp\n  From-Path: msrp://a:1/x;tcp';
const send = (more = '', begin = paths) =>
  `
  MSRP a1b2c3 SEND
  ${begin}
  Message-ID: 1
  ${more}
`.replace(/\n *\n$/, '\n');
const content = send('Byte-Range: 1-4/4\n  Content-Type: text/plain\n\n  abcd');
const ok = (to = 'msrp://a:1/x;tcp', transaction = 'a1b2c3') => `
  MSRP ${transaction} 200 OK
  To-Path: ${to}
  From-Path: msrp://b:1/y;tcp
`;
const of = (...texts: string[]) => ({ msrp: texts.map((text) => msrp(text)) });

it('paths come first', () => {
  expect(judged('msrp-paths-first', of(send(), ok()))).toEqual([2]);
  const turned = send('', paths.split('\n').reverse().join('\n'));
  expect(judged('msrp-paths-first', of(turned))).toEqual([0, 'it begins with from-path, to-path']);
});

it('a SEND has Message-ID', () => {
  expect(judged('msrp-message-id', of(send()))).toEqual([1]);
  expect(judged('msrp-message-id', of(send().replace('Message-ID: 1', 'X: y')))).toEqual([
    0,
    'SEND without Message-ID',
  ]);
});

it('content has a range that is true, and a type', () => {
  for (const id of ['msrp-byte-range', 'msrp-chunk-as-long-as-told', 'msrp-content-type'])
    expect(judged(id, of(content))).toEqual([1]);
  expect(judged('msrp-byte-range', of(content.replace('1-4/4', '4')))).toEqual([0, 'SEND with Byte-Range 4']);
  expect(judged('msrp-chunk-as-long-as-told', of(content.replace('1-4/4', '1-5/5')))).toEqual([
    0,
    '4 bytes and not 5',
  ]);
  expect(judged('msrp-chunk-as-long-as-told', of(content.replace('1-4/4', '1-*/5')))).toEqual([0]);
  expect(judged('msrp-content-type', of(content.replace('Content-Type', 'X')))).toEqual([
    0,
    'SEND without Content-Type',
  ]);
});

it('a transaction id serves one request', () => {
  expect(judged('msrp-transaction-once', { msrp: [msrp(send()), msrp(send(), { stream: 1 })] })).toEqual([2]);
  const again = 'a1b2c3 comes more than once';
  expect(judged('msrp-transaction-once', of(send(), send()))).toEqual([0, again, again]);
});

it('a response goes to where its request came from', () => {
  expect(judged('msrp-answer', of(send(), ok()))).toEqual([1]);
  expect(judged('msrp-answer', of(send(), ok('msrp://c:1/z;tcp')))).toEqual([
    0,
    'the response goes to msrp://c:1/z;tcp and not to msrp://a:1/x;tcp',
  ]);
  expect(judged('msrp-answer', of(ok()))).toEqual([0, 'a response to a1b2c3, which nobody sent']);
});

it('a connection begins with SEND', () => {
  expect(judged('msrp-bound-by-send', of(send(), ok()))).toEqual([1]);
  expect(judged('msrp-bound-by-send', of(ok(), send()))).toEqual([
    0,
    'a connection that does not begin with SEND',
  ]);
});
