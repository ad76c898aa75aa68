import fc from 'fast-check';
import { rangeOf, toText } from '../../../kit/ipv4';
import { readRoutes } from './link-routes';

const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const cidr = fc
  .tuple(address, fc.integer({ min: 0, max: 32 }))
  .map(([ip, prefix]) => ({ ip, prefix, text: `${toText(ip)}/${prefix}` }));

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
