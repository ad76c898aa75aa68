import fc from 'fast-check';
import { decodeIpv4 } from './packet';
import { tcp, udp } from './testing/builders';
import { Traffic } from './traffic';

const ue = { ip: '10.89.8.2', port: 32768 };
const server = { ip: '198.19.0.30', port: 443 };

it('counts the IPv4 packets of a socket in both directions, headers included, from one time until another', () => {
  const traffic = new Traffic();
  const add = (bytes: Uint8Array, at: number): void => traffic.add(decodeIpv4(bytes)!, at);
  add(udp(ue, server, 'x'.repeat(172)), 10);
  add(udp(server, ue, 'x'.repeat(172)), 20);
  // The same ports of another protocol are another socket.
  add(tcp(ue, server, 'S', 1), 20);
  add(udp(ue, server, 'x'), 30);
  const socket = { protocol: 'udp', local: ue } as const;
  // IPv4 has a header of 20 bytes without options (RFC 791), UDP one of 8 (RFC 768).
  expect(traffic.bytesOf(socket, 10, 30)).toBe(2 * (20 + 8 + 172));
  expect(traffic.bytesOf(socket, 10, 31)).toBe(2 * (20 + 8 + 172) + 29);
  expect(traffic.bytesOf({ ...socket, local: { ...ue, port: 1 } }, 0, 100)).toBe(0);
});

it('whatever the lengths, the sum is that of the packets', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 1400 }), { maxLength: 20 }), (lengths) => {
      const traffic = new Traffic();
      lengths.forEach((length, at) => traffic.add(decodeIpv4(udp(ue, server, 'x'.repeat(length)))!, at));
      const sum = lengths.reduce((total, length) => total + 28 + length, 0);
      expect(traffic.bytesOf({ protocol: 'udp', local: ue }, 0, Infinity)).toBe(sum);
    }),
  );
});
