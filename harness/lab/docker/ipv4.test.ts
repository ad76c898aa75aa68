import fc from 'fast-check';
import { overlap, rangeOf, readRoutes, toNumber, toText } from './ipv4';

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
      // Bit by bit: they share the bits that the shorter prefix fixes.
      const bits = Math.min(one.prefix, other.prefix);
      const head = (ip: number): string => ip.toString(2).padStart(32, '0').slice(0, bits);
      const shared = head(one.ip) === head(other.ip);
      return overlap(one.text, other.text) === shared && overlap(other.text, one.text) === shared;
    }),
  );
});

const heading = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';

test('the routes of a machine, without the default route', () => {
  const text = `${heading}
eth0\t00000000\t0100590A\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t0000590A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth1\t000013C6\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
`;
  expect(readRoutes(text)).toEqual([
    { device: 'eth0', subnet: '10.89.0.0/24' },
    { device: 'eth1', subnet: '198.19.0.0/16' },
  ]);
});

test('what the kernel writes of any network is read back', () => {
  const hex = (value: number): string => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes.toString('hex').toUpperCase();
  };
  const network = cidr.filter(({ prefix }) => prefix > 0);
  fc.assert(
    fc.property(fc.array(network), (networks) => {
      const rows = networks.map(({ text, prefix }, index) => {
        const mask = 2 ** 32 - 2 ** (32 - prefix);
        return `eth${index}\t${hex(rangeOf(text).first)}\t00000000\t0001\t0\t0\t0\t${hex(mask)}\t0\t0\t0`;
      });
      expect(readRoutes([heading, ...rows].join('\n'))).toEqual(
        networks.map(({ text, prefix }, index) => ({
          device: `eth${index}`,
          subnet: `${toText(rangeOf(text).first)}/${prefix}`,
        })),
      );
    }),
  );
});

test('whatever else is in the text is no route', () => {
  fc.assert(fc.property(fc.string(), (text) => readRoutes(text).length === 0));
});
