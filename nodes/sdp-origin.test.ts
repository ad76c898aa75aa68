import fc from 'fast-check';
import { Origin } from './sdp-origin';

const sdp = (origin: string, rest = 'a'): string => `v=0\r\no=${origin}\r\ns=${rest}\r\n`;

it('leaves the first description as it is', () => {
  const first = sdp('alice 123 7 IN IP4 192.0.2.1');
  expect(new Origin().of(first)).toBe(first);
});

it('gives later ones the origin of the first, and a version one higher when something changed (RFC 3264 8)', () => {
  const origin = new Origin();
  origin.of(sdp('alice 123 18446744073709551615 IN IP4 192.0.2.1'));
  const at = (version: string): string => `alice 123 ${version} IN IP4 192.0.2.1`;
  expect(origin.of(sdp('alice 9 1 IN IP4 192.0.2.7', 'b'))).toBe(sdp(at('18446744073709551616'), 'b'));
  expect(origin.of(sdp('alice 9 1 IN IP4 192.0.2.7', 'b'))).toBe(sdp(at('18446744073709551616'), 'b'));
  expect(origin.of(sdp('x 1 1 IN IP6 ::1', 'c'))).toBe(sdp(at('18446744073709551617'), 'c'));
});

it('hands what has no origin on, and never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => void new Origin().of(text)));
  expect(new Origin().of('v=0\r\n')).toBe('v=0\r\n');
});
