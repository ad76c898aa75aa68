import fc from 'fast-check';
import { headerOf, isSameIdentity, keepOf, keyOf, seenFrom, statusOf, timeoutOf } from './sip-text';

const withVia = (via: string): string => `SIP/2.0 200 OK\r\nVia: ${via}\r\nVia: SIP/2.0/UDP b;keep=7\r\n\r\n`;

// RFC 3261 19.1.4.
it.each([
  ['SIP:alice@IMS.Example', true],
  ['sip:Alice@ims.example', false],
  ['sip:bob@ims.example', false],
  ['sip:alice@ims.example.org', false],
  ['sips:alice@ims.example', false],
  ['sip:alice@ims.example;user=phone', false],
  ['alice@ims.example', false],
  ['', false],
])('%s is the identity sip:alice@ims.example, or not', (other, isSame) => {
  expect(isSameIdentity('sip:alice@ims.example', other)).toBe(isSame);
  expect(isSameIdentity(other, 'sip:alice@ims.example')).toBe(isSame);
});

describe('keepOf (RFC 6223 4)', () => {
  it.each([
    ['SIP/2.0/UDP a:5060;branch=z9hG4bK1;keep=30', 30],
    ['SIP/2.0/UDP a ;KEEP = 30 ;rport=5', 30],
    ['SIP/2.0/UDP a;keep=5, SIP/2.0/UDP b;keep=6', 5],
    ['SIP/2.0/UDP a, SIP/2.0/UDP b;keep=6', undefined],
    ['SIP/2.0/UDP a;keep', undefined],
    ['SIP/2.0/UDP a;keep=0', undefined],
    ['SIP/2.0/UDP a;keep=x', undefined],
    ['SIP/2.0/UDP a;upkeep=3', undefined],
  ])('finds in the topmost of "%s" %s', (via, seconds) => {
    expect(keepOf(withVia(via))).toBe(seconds);
  });
});

describe('seenFrom (RFC 3581 4)', () => {
  it.each([
    ['SIP/2.0/UDP 10.0.0.1:5060;rport=61000;received=198.51.100.7', { ip: '198.51.100.7', port: 61_000 }],
    ['SIP/2.0/UDP 10.0.0.1:5060;received=198.51.100.7', undefined],
    ['SIP/2.0/UDP 10.0.0.1:5060;rport;received=198.51.100.7', undefined],
    ['SIP/2.0/UDP 10.0.0.1:5060', undefined],
  ])('finds in "%s" %o', (via, seen) => {
    expect(seenFrom(withVia(via))).toEqual(seen);
  });
});

describe('timeoutOf (RFC 3261 8.1.3.1)', () => {
  it('is a 408 to that very request', () => {
    const request =
      'INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:c@b>;tag=1\r\nTo: <sip:a@b>\r\n' +
      'Call-ID: 5\r\nCSeq: 3 INVITE\r\nContact: <sip:c@d>\r\nContent-Length: 10\r\n\r\nVia: x\r\n\r\n';
    expect(timeoutOf(request)).toBe(
      'SIP/2.0 408 Request Timeout\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:c@b>;tag=1\r\n' +
        'To: <sip:a@b>\r\nCall-ID: 5\r\nCSeq: 3 INVITE\r\nContent-Length: 0\r\n\r\n',
    );
  });
});

describe('reading', () => {
  it('never throws', () => {
    const piece = fc.constantFrom(
      'SIP/2.0 200 OK',
      '\r\n',
      'Via: ',
      ';keep=',
      'rport=',
      ',',
      'CSeq: 1 X',
      ' ',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.oneof(piece, fc.string())).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (garbage) => {
        for (const read of [statusOf, keyOf, keepOf, seenFrom, timeoutOf]) read(garbage);
        headerOf(garbage, 'Call-ID');
        expect(keepOf(garbage) ?? 1).toBeGreaterThan(0);
      }),
    );
  });
});
