import fc from 'fast-check';
import { decodeIpv4, packetOf } from './packet';
import { linkTypes } from './pcap';
import { icmpError, ipv4, nflog, tcp, udp } from './testing/builders';

const ue = { ip: '10.89.1.2', port: 32768 };
const pcscf = { ip: '198.18.0.10', port: 5060 };

test('a UDP packet, without the padding behind it', () => {
  const bytes = Buffer.concat([udp(ue, pcscf, 'hello'), Buffer.alloc(13)]);
  const packet = decodeIpv4(bytes);
  expect(packet).toMatchObject({
    protocol: 'udp',
    src: ue.ip,
    sport: ue.port,
    dst: pcscf.ip,
    dport: pcscf.port,
    fragment: 'no',
  });
  expect(Buffer.from(packet?.payload ?? []).toString()).toBe('hello');
});

test('a TCP segment with its flags, sequence number and payload', () => {
  const packet = decodeIpv4(tcp(ue, pcscf, 'P.', 0xfffffff0, 'data'));
  expect(packet).toMatchObject({
    protocol: 'tcp',
    sport: 32768,
    dport: 5060,
    seq: 0xfffffff0,
    ack: 0,
    flags: { syn: false, ack: true, fin: false, rst: false, psh: true },
  });
  expect(Buffer.from(packet?.payload ?? []).toString()).toBe('data');
});

test('the padding of a short Ethernet frame is not taken for data', () => {
  const packet = decodeIpv4(Buffer.concat([tcp(ue, pcscf, '.', 1), Buffer.alloc(6)]));
  expect(packet?.payload).toHaveLength(0);
});

test('an IP total length of zero (TSO) takes everything that is there', () => {
  const bytes = tcp(ue, pcscf, 'P.', 1, 'data');
  bytes.writeUInt16BE(0, 2);
  expect(Buffer.from(decodeIpv4(bytes)?.payload ?? []).toString()).toBe('data');
});

test('an ICMP error tells which packet it is about, though only eight bytes of it are there', () => {
  const about = tcp(ue, { ...pcscf, port: 443 }, 'S', 7).subarray(0, 28);
  expect(decodeIpv4(icmpError('198.18.0.1', ue.ip, 3, 13, about))).toMatchObject({
    protocol: 'icmp',
    type: 3,
    code: 13,
    about: { protocol: 'tcp', src: ue.ip, sport: 32768, dst: pcscf.ip, dport: 443, seq: 7 },
  });
});

test('an ICMP error inside an ICMP error is not followed', () => {
  const inner = icmpError('1.1.1.1', '2.2.2.2', 3, 3, udp(ue, pcscf, ''));
  const outer = decodeIpv4(icmpError('3.3.3.3', '4.4.4.4', 3, 3, inner));
  expect(outer).toMatchObject({ protocol: 'icmp', about: { protocol: 'icmp', src: '1.1.1.1' } });
  expect(outer?.protocol === 'icmp' && outer.about).not.toHaveProperty('about');
});

test('a later fragment has no ports, the first one has', () => {
  const body = udp(ue, pcscf, 'hello').subarray(20);
  expect(decodeIpv4(ipv4(17, ue.ip, pcscf.ip, body, 0x2000))).toMatchObject({
    protocol: 'udp',
    fragment: 'first',
  });
  const later = decodeIpv4(ipv4(17, ue.ip, pcscf.ip, body, 0x00b9));
  expect(later).toMatchObject({ protocol: 'other', number: 17, fragment: 'later' });
  expect(later).not.toHaveProperty('sport');
});

test('ESP is told by its protocol number', () => {
  expect(decodeIpv4(ipv4(50, ue.ip, pcscf.ip, Buffer.alloc(16)))).toMatchObject({
    protocol: 'other',
    number: 50,
  });
});

const packet = udp(ue, pcscf, 'x');
test.each<[string, number, Buffer]>([
  ['Ethernet', linkTypes.ethernet, Buffer.concat([Buffer.alloc(12), Buffer.from('0800', 'hex'), packet])],
  [
    'Ethernet with a VLAN tag',
    linkTypes.ethernet,
    Buffer.concat([Buffer.alloc(12), Buffer.from('810000050800', 'hex'), packet]),
  ],
  ['LINUX_SLL', linkTypes.linuxSll, Buffer.concat([Buffer.alloc(14), Buffer.from('0800', 'hex'), packet])],
  ['LINUX_SLL2', linkTypes.linuxSll2, Buffer.concat([Buffer.from('0800', 'hex'), Buffer.alloc(18), packet])],
  ['RAW', linkTypes.raw, packet],
  ['NFLOG', linkTypes.nflog, nflog(packet)],
])('the packet in a frame of %s', (_, linkType, bytes) => {
  expect(packetOf({ linkType, bytes, littleEndian: true })).toMatchObject({ protocol: 'udp', src: ue.ip });
});

test.each([
  ['IPv6', linkTypes.ethernet, Buffer.concat([Buffer.alloc(12), Buffer.from('86dd', 'hex'), packet])],
  ['an unknown link type', 147, packet],
])('%s is not taken for IPv4', (_, linkType, bytes) => {
  expect(packetOf({ linkType, bytes, littleEndian: true })).toBeUndefined();
});

test('garbage never throws', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(linkTypes), 0, 65535),
      fc.uint8Array({ maxLength: 100 }),
      fc.constantFrom(1, 6, 17, 47),
      (linkType, bytes, protocol) => {
        packetOf({ linkType, bytes, littleEndian: true });
        decodeIpv4(ipv4(protocol, ue.ip, pcscf.ip, bytes));
      },
    ),
  );
});
