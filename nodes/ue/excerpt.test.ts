import fc from 'fast-check';
import { excerpt, printable } from './excerpt';

it.each([
  ['HTTP/1.1 400 Bad Request\r\nServer: x', '"HTTP/1.1 400 Bad Request"'],
  ['a "quoted" word', '"a \\"quoted\\" word"'],
  ['x'.repeat(70), `"${'x'.repeat(60)}..."`],
  ['\x15\x03\x03\x00\x02\x02\x46', 'bytes 15 03 03 00 02 02 46'],
  ['\r\nSIP', 'bytes 0d 0a 53 49 50'],
  ['\x00'.repeat(17), `bytes ${'00 '.repeat(16)}...`],
  ['', 'nothing'],
])('shows %j as %s', (bytes, shown) => {
  expect(excerpt(Buffer.from(bytes, 'latin1'))).toBe(shown);
});

it('is one line of printable characters, whatever came', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const data = Buffer.from(bytes);
      expect(excerpt(data)).toMatch(/^[\x20-\x7e]{1,140}$/);
      expect(printable(data.toString('utf8'))).toMatch(/^[\x20-\x7e]{0,103}$/);
    }),
  );
});
