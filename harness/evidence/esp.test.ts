import fc from 'fast-check';
import { describePacket } from './describe';
import { espHeadOf } from './esp';
import { decodeIpv4, type Ipv4Packet } from './packet';
import { icmpError, ipv4, tcp, u32, udp } from './testing/builders';

const ue = { ip: '10.89.1.2', port: 4500 };
const pcscf = { ip: '198.19.0.10', port: 4500 };
const decoded = (bytes: Uint8Array): Ipv4Packet => decodeIpv4(bytes)!;
const head = Buffer.concat([u32(0x1a2b3c4d), u32(7), Buffer.alloc(20)]);

test.each([
  ['on IP', ipv4(50, ue.ip, pcscf.ip, head), 'ESP, SPI 0x1a2b3c4d'],
  ['in UDP from port 4500', udp(ue, { ...pcscf, port: 40000 }, head), 'ESP in UDP, SPI 0x1a2b3c4d'],
  ['in UDP to port 4500', udp({ ...ue, port: 40000 }, pcscf, head), 'ESP in UDP, SPI 0x1a2b3c4d'],
])('the head of ESP %s', (_, bytes, words) => {
  const packet = decoded(bytes);
  expect(espHeadOf(packet)).toEqual({ spi: '1a2b3c4d', sequence: 7 });
  expect(describePacket(packet)).toBe(words);
});

test('an ICMP error carries at least the SPI (RFC 792 has eight bytes of the packet)', () => {
  const about = ipv4(50, ue.ip, pcscf.ip, head);
  expect(espHeadOf(decoded(icmpError(pcscf.ip, ue.ip, 3, 2, about)))).toMatchObject({ spi: '1a2b3c4d' });
});

test.each([
  ['the marker of what is no ESP', udp(ue, pcscf, Buffer.concat([u32(0), Buffer.from('IKE')]))],
  ['a keep-alive', udp(ue, pcscf, Buffer.from([0xff]))],
  ['UDP on other ports', udp({ ...ue, port: 1 }, { ...pcscf, port: 2 }, head)],
  ['TCP', tcp(ue, pcscf, 'S')],
  ['AH', ipv4(51, ue.ip, pcscf.ip, head)],
  // RFC 791: the lower 13 bits say how many times eight bytes came before. What stands first here is no SPI.
  ['a later fragment', ipv4(50, ue.ip, pcscf.ip, head, 1)],
])('%s has none', (_, bytes) => {
  expect(espHeadOf(decoded(bytes))).toBeUndefined();
});

test('no payload makes it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.boolean(), (payload, isInUdp) => {
      const bytes = isInUdp ? udp(ue, pcscf, payload) : ipv4(50, ue.ip, pcscf.ip, Buffer.from(payload));
      const found = espHeadOf(decoded(bytes));
      expect(found?.spi ?? '00000001').not.toBe('00000000');
    }),
  );
});
