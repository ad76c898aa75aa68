import fc from 'fast-check';
import { overlap, rangeOf, toNumber, toText } from './ipv4';

const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const cidr = fc
  .tuple(address, fc.integer({ min: 0, max: 32 }))
  .map(([ip, prefix]) => ({ ip, prefix, text: `${toText(ip)}/${prefix}` }));

test('an address as a number is what its four bytes are in network order', () => {
  expect(toNumber('198.19.0.10')).toBe(Buffer.from([198, 19, 0, 10]).readUInt32BE());
  expect(toText(0xffffffff)).toBe('255.255.255.255');
  fc.assert(fc.property(address, (ip) => toNumber(toText(ip)) === ip));
});

test('the range of a CIDR has the size of its prefix, begins at a multiple of it, and holds its address', () => {
  expect(rangeOf('198.18.0.0/15')).toEqual({
    first: toNumber('198.18.0.0'),
    last: toNumber('198.19.255.255'),
  });
  expect(rangeOf('10.0.0.1')).toEqual({ first: toNumber('10.0.0.1'), last: toNumber('10.0.0.1') });
  fc.assert(
    fc.property(cidr, ({ ip, prefix, text }) => {
      const { first, last } = rangeOf(text);
      const size = 2 ** (32 - prefix);
      return last - first + 1 === size && first % size === 0 && first <= ip && ip <= last;
    }),
  );
});

test('two CIDRs overlap where one holds the other, for prefixes are nested or apart', () => {
  expect(overlap('10.89.0.0/16', '10.89.6.0/24')).toBe(true);
  expect(overlap('10.89.5.0/24', '10.89.6.0/24')).toBe(false);
  fc.assert(
    fc.property(cidr, cidr, (one, other) => {
      // Two ranges overlap if they share all bits that the shorter prefix fixes.
      const bits = Math.min(one.prefix, other.prefix);
      const head = (ip: number): string => ip.toString(2).padStart(32, '0').slice(0, bits);
      const shared = head(one.ip) === head(other.ip);
      return overlap(one.text, other.text) === shared && overlap(other.text, one.text) === shared;
    }),
  );
});
