import fc from 'fast-check';
import { defaultAddresses, hostAddress } from './addresses';

it.each([
  ['10.89.6.0/24', 2, '10.89.6.2'],
  ['198.19.0.0/16', 10, '198.19.0.10'],
  // A number that does not fit into one octet goes on in the next.
  ['198.19.0.0/16', 266, '198.19.1.10'],
  ['198.18.255.0/24', 256, '198.19.0.0'],
  ['0.0.0.0/0', 2 ** 32 - 1, '255.255.255.255'],
])('host %s number %i is %s', (cidr, host, address) => {
  expect(hostAddress(cidr, host)).toBe(address);
});

it('different numbers are different addresses', () => {
  const host = fc.nat(65535);
  fc.assert(
    fc.property(host, host, (a, b) => {
      expect(hostAddress('198.19.0.0/16', a) === hostAddress('198.19.0.0/16', b)).toBe(a === b);
    }),
  );
});

it('core and transit are in the benchmarking range (RFC 2544), access networks private (RFC 1918)', () => {
  expect(defaultAddresses.core).toMatch(/^198\.1[89]\./);
  expect(defaultAddresses.transit).toMatch(/^198\.1[89]\./);
  expect(defaultAddresses.access(6)).toBe('10.89.6.0/24');
});

it('there are access networks for more than an octet of firewalls', () => {
  expect(defaultAddresses.access(255)).toBe('10.89.255.0/24');
  expect(defaultAddresses.access(256)).toBe('10.90.0.0/24');
});
