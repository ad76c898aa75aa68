import fc from 'fast-check';
import { EspEngine } from './engine';
import { seal } from './esp-packet';
import { ipPacket, protocols, readIpPacket } from './ip-packet';
import { espEvent, type EspEvent } from './event';
import type { SecurityAssociationSet } from './protocol';
import { saKeys } from './sa-keys';
import { combinations, seenByOther, setBetween } from './testing/sets';
import { withChecksum, wrongChecksum } from './transport-segment';

const [ue, pcscf, nat] = ['10.0.0.2', '10.0.1.1', '10.0.1.254'];

/** An engine whose packets are kept. */
class Kept {
  readonly esp: { source: string; destination: string; packet: Buffer }[] = [];
  readonly udp: { to: { ip: string; port: number }; datagram: Buffer }[] = [];
  readonly delivered: Buffer[] = [];
  readonly lines: string[] = [];
  readonly events: Omit<EspEvent, 'at'>[] = [];
  readonly engine = new EspEngine({
    sendEsp: (source, destination, packet) => this.esp.push({ source, destination, packet }),
    sendUdp: (_, to, datagram) => this.udp.push({ to, datagram }),
    deliver: (packet) => this.delivered.push(packet),
    note: (line) => this.lines.push(line),
    tell: (event) => this.events.push(event),
  });
}

function udpPacket(
  source: string,
  sourcePort: number,
  destination: string,
  destinationPort: number,
  text: Buffer,
): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(destinationPort, 2);
  header.writeUInt16BE(8 + text.length, 4);
  const packet = { source, destination, protocol: protocols.udp, payload: Buffer.concat([header, text]) };
  return ipPacket({ ...packet, payload: withChecksum({ ...packet, isFragment: false }) });
}

function pair(described: Partial<SecurityAssociationSet> = {}): {
  one: Kept;
  other: Kept;
  set: SecurityAssociationSet;
  question: (text?: Buffer) => Buffer;
} {
  const set = setBetween(ue, pcscf, 0, described);
  const [one, other] = [new Kept(), new Kept()];
  one.engine.table.add(set);
  other.engine.table.add(seenByOther(set));
  const question = (text: Buffer = Buffer.from('REGISTER')): Buffer =>
    udpPacket(ue, set.self.clientPort, pcscf, set.other.serverPort, text);
  return { one, other, set, question };
}

const carried = ({ esp }: Kept, source = ue): Buffer =>
  ipPacket({ source, destination: pcscf, protocol: protocols.esp, payload: esp.at(-1)!.packet });

const counters = (kept: Kept): unknown => [...kept.engine.table.sets][0]!.inbound[0]!.counters;

test.each(combinations)(
  '$mode, $integrity, $encryption: what one end sends the other end gets',
  (described) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (array) => {
        const { one, other, question } = pair(described);
        const sent = question(Buffer.from(array));
        one.engine.outgoing(sent);
        if (described.mode === 'trans') other.engine.incomingEsp(carried(one));
        else other.engine.incomingUdp(one.udp[0]!.datagram, { ip: ue, port: 4500 });
        const got = other.delivered.map((bytes) => readIpPacket(bytes)!);
        expect(got).toEqual([readIpPacket(sent)]);
        expect(got.map(wrongChecksum)).toEqual([undefined]);
      }),
    );
  },
);

test('a checksum that the kernel has left to the network card is filled in', () => {
  const { one, other, question } = pair();
  const sent = question();
  const partial = Buffer.from(sent);
  partial.writeUInt16BE(0x1234, 26);
  one.engine.outgoing(partial);
  other.engine.incomingEsp(carried(one));
  expect(readIpPacket(other.delivered[0]!)).toEqual(readIpPacket(sent));
});

test('in transport mode the address that an NAPT has changed makes the checksum wrong; it is counted and told once', () => {
  const { one, other, question } = pair();
  for (let count = 0; count < 2; count += 1) {
    one.engine.outgoing(question());
    other.engine.incomingEsp(carried(one, nat));
  }
  expect(counters(other)).toMatchObject({ packets: 2, badInnerChecksum: 2, badIcv: 0 });
  expect(other.delivered).toHaveLength(2);
  expect(other.lines).toEqual([
    'ipsec: dropped ESP with SPI 0x00002001 from 10.0.1.254: its checksum inside is not that of its addresses; the kernel refuses it',
  ]);
  expect(other.events).toMatchObject([
    { spi: '00002001', sequence: 1, source: nat, destination: pcscf },
    { spi: '00002001', sequence: 2, source: nat, destination: pcscf },
  ]);
  const [first] = other.events;
  // The two sums differ as the addresses do (RFC 1624), so the packet is sound but for the address.
  const sums = [ue, nat].map((address) => addressSum(address));
  const difference = (parseInt(first!.found, 16) + sums[0]! - parseInt(first!.right, 16) - sums[1]!) % 0xffff;
  expect(difference).toBe(0);
  expect(espEvent.parse({ at: 1, ...first })).toMatchObject(first!);
});

/** Returns the sum of an address's halves, as a checksum has it. */
const addressSum = (address: string): number => {
  const [a, b, c, d] = address.split('.').map(Number);
  return a! * 256 + b! + c! * 256 + d!;
};

test('in UDP-enc-tun the answer goes to where the newest packet came from', () => {
  const { one, other, set, question } = pair({ mode: 'UDP-enc-tun', outer: { ip: pcscf, port: 4500 } });
  const send = (port: number): void => {
    one.engine.outgoing(question());
    other.engine.incomingUdp(one.udp.at(-1)!.datagram, { ip: nat, port });
  };
  send(30001);
  const older = one.udp.at(-1)!.datagram;
  send(30002);
  other.engine.incomingUdp(older, { ip: nat, port: 30003 });
  other.engine.outgoing(udpPacket(pcscf, set.other.clientPort, ue, set.self.serverPort, Buffer.from('200')));
  expect(other.udp.map(({ to }) => to)).toEqual([{ ip: nat, port: 30002 }]);
  one.engine.incomingUdp(other.udp[0]!.datagram, { ip: pcscf, port: 4500 });
  expect(one.delivered).toHaveLength(1);
});

test('only the end that has begun keeps the mapping of an NAPT', () => {
  const { one, other, question } = pair({ mode: 'UDP-enc-tun', outer: { ip: pcscf, port: 4500 } });
  const keepAlive = ({ engine }: Kept): void => engine.keepAlive([...engine.table.sets][0]!);
  keepAlive(one);
  expect(one.udp).toEqual([]);
  one.engine.outgoing(question());
  other.engine.incomingUdp(one.udp[0]!.datagram, { ip: nat, port: 30001 });
  for (const end of [one, other]) keepAlive(end);
  expect([one.udp.at(-1)!.datagram.toString('hex'), other.udp]).toEqual(['ff', []]);
  other.engine.incomingUdp(Buffer.from([0xff]), { ip: nat, port: 30001 });
  expect(other.lines).toEqual([]);
});

describe('what is dropped is told in a line', () => {
  test.each([
    [
      'a replayed packet',
      (packet: Buffer) => packet,
      'ipsec: dropped ESP with SPI 0x00002001 from 10.0.0.2: replayed (sequence number 1)',
    ],
    [
      'a wrong ICV',
      (packet: Buffer) => {
        const changed = Buffer.from(packet);
        changed[changed.length - 1]! ^= 1;
        changed.writeUInt32BE(2, 24);
        return changed;
      },
      'ipsec: dropped ESP with SPI 0x00002001 from 10.0.0.2: wrong ICV (sequence number 2)',
    ],
    [
      'an unknown SPI',
      (packet: Buffer) => {
        const changed = Buffer.from(packet);
        changed.writeUInt32BE(0x101, 20);
        return changed;
      },
      'ipsec: dropped ESP with SPI 0x00000101 from 10.0.0.2: unknown SPI',
    ],
  ])('%s', (_, change, line) => {
    const { one, other, question } = pair();
    one.engine.outgoing(question());
    const packet = carried(one);
    other.engine.incomingEsp(packet);
    for (let count = 0; count < 10; count += 1) other.engine.incomingEsp(change(packet));
    const counted = line.replace(/ \(sequence number \d\)$/, '');
    expect(other.lines).toEqual([line, `${counted} (10 so far)`]);
    expect(other.delivered).toHaveLength(1);
  });

  test('a packet between other ports than those of the SA', () => {
    const { one, other, set } = pair();
    other.engine.table.remove(set.name);
    other.engine.table.add(
      seenByOther({ ...set, other: { ...set.other, serverPort: set.other.serverPort + 100 } }),
    );
    one.engine.outgoing(udpPacket(ue, set.self.clientPort, pcscf, set.other.serverPort, Buffer.from('x')));
    other.engine.incomingEsp(carried(one));
    expect(other.lines).toEqual([
      'ipsec: dropped ESP with SPI 0x00002001 from 10.0.0.2: not between the ports of the SA',
    ]);
    expect(other.delivered).toEqual([]);
  });
});

describe('an SA carries nothing but what it was agreed on for (RFC 4301 5.2)', () => {
  const tunnel = { mode: 'UDP-enc-tun', outer: { ip: pcscf, port: 4500 } } as const;
  const elsewhere = '10.0.9.9';

  /** Seals a packet as the owner of the keys can, and returns what came of it at the other end. */
  function carry(make: (set: SecurityAssociationSet) => Buffer): Kept {
    const { other, set } = pair(tunnel);
    const content = { payload: make(set), nextHeader: protocols.ipInIp };
    other.engine.incomingUdp(seal(saKeys(set), set.other.serverSpi, 1, content), { ip: ue, port: 4500 });
    return other;
  }
  const between = (source: string, destination: string, { self, other }: SecurityAssociationSet): Buffer =>
    udpPacket(source, self.clientPort, destination, other.serverPort, Buffer.from('x'));
  /** Returns a packet with another checksum than its own. The last byte of it is text. */
  const unsound = (packet: Buffer): Buffer => Buffer.concat([packet.subarray(0, -1), Buffer.from('y')]);

  test.each<[string, (set: SecurityAssociationSet) => Buffer, string]>([
    ['from another address', (set) => between(elsewhere, pcscf, set), `it is for ${pcscf}`],
    ['for another address', (set) => between(ue, elsewhere, set), `it is for ${elsewhere}`],
    [
      'from another address, with a wrong checksum',
      (set) => unsound(between(elsewhere, pcscf, set)),
      `it is for ${pcscf}`,
    ],
  ])('a packet in a tunnel %s is dropped, and nothing is told of its checksum', (_, make, start) => {
    const { lines, delivered, events } = carry(make);
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`: ${start}, and not between the addresses of the SA$`)),
    ]);
    expect([...delivered, ...events]).toEqual([]);
  });

  // RFC 791: the flag of more fragments is the bit 0x2000, the offset the lower 13 bits.
  test.each([0x2000, 0x0001])('a fragment in a tunnel is dropped (%i)', (field) => {
    const { lines, delivered } = carry((set) => {
      const packet = between(ue, pcscf, set);
      packet.writeUInt16BE(field, 6);
      return packet;
    });
    expect(lines).toEqual([
      `ipsec: dropped ESP with SPI 0x00002001 from ${ue}: a fragment, whose ports nothing can be held against`,
    ]);
    expect(delivered).toEqual([]);
  });

  test('a wrong checksum in a tunnel is told, and not that an address was changed', () => {
    const { lines, events } = carry((set) => unsound(between(ue, pcscf, set)));
    expect(lines).toEqual([
      `ipsec: dropped ESP with SPI 0x00002001 from ${ue}: its checksum inside is not that of its addresses; the kernel refuses it`,
    ]);
    expect(events).toMatchObject([{ source: ue, destination: pcscf }]);
  });

  test('ESP of a tunnel is none of transport mode, and the other way about', () => {
    const inTunnel = pair(tunnel);
    inTunnel.one.engine.outgoing(inTunnel.question());
    inTunnel.other.engine.incomingEsp(
      ipPacket({
        ...{ source: ue, destination: pcscf, protocol: protocols.esp },
        payload: inTunnel.one.udp[0]!.datagram,
      }),
    );
    const onIp = pair();
    onIp.one.engine.outgoing(onIp.question());
    onIp.other.engine.incomingUdp(onIp.one.esp[0]!.packet, { ip: ue, port: 4500 });
    for (const { other } of [inTunnel, onIp]) {
      expect(other.lines).toEqual([
        expect.stringMatching(/^ipsec: dropped ESP with SPI 0x00002001 from .*: unknown SPI$/),
      ]);
      expect([other.delivered.length, other.engine.unknownSpi]).toEqual([0, 1]);
    }
  });
});

test('a packet that comes late, and is new, does not move where answers go', () => {
  const { one, other, set, question } = pair({ mode: 'UDP-enc-tun', outer: { ip: pcscf, port: 4500 } });
  one.engine.outgoing(question());
  one.engine.outgoing(question());
  const [first, second] = one.udp.map(({ datagram }) => datagram);
  other.engine.incomingUdp(second!, { ip: nat, port: 30002 });
  other.engine.incomingUdp(first!, { ip: nat, port: 30001 });
  expect(other.delivered).toHaveLength(2);
  other.engine.outgoing(udpPacket(pcscf, set.other.clientPort, ue, set.self.serverPort, Buffer.from('200')));
  expect(other.udp.map(({ to }) => to)).toEqual([{ ip: nat, port: 30002 }]);
});

// RFC 4303 3.3.3: the counter of the sender must not cycle. The last number that there is may still be used.
test('after the last sequence number an SA sends nothing more', () => {
  const { one, set, question } = pair();
  const sa = [...one.engine.table.sets][0]!.outbound.find(({ spi }) => spi === set.other.serverSpi)!;
  sa.sequence = 0xffff_fffe;
  for (let count = 0; count < 2; count += 1) one.engine.outgoing(question());
  expect(one.esp.map(({ packet }) => packet.readUInt32BE(4))).toEqual([0xffff_ffff]);
  expect(one.lines).toEqual(['ipsec: dropped a packet for SPI 0x00002001: its sequence numbers are used up']);
});

test('the newest of two sets with the same ports is used, and the older one again when it is gone', () => {
  const { one, set, question } = pair();
  const spi = (): number => one.esp.at(-1)!.packet.readUInt32BE(0);
  const end = { ...set.self, clientSpi: 0x3000, serverSpi: 0x3001 };
  one.engine.table.add({ ...set, name: 'newer', self: end, other: { ...set.other, serverSpi: 0x4001 } });
  one.engine.outgoing(question());
  expect(spi()).toBe(0x4001);
  one.engine.table.remove('newer');
  one.engine.outgoing(question());
  expect(spi()).toBe(set.other.serverSpi);
});

test('sets with a name or an SPI that is in use are refused', () => {
  const { one, set } = pair();
  const other = setBetween(ue, pcscf, 1);
  const refusal = (described: SecurityAssociationSet): unknown => {
    try {
      return one.engine.table.add(described);
    } catch (error) {
      return `${(error as { code: string }).code}: ${(error as Error).message}`;
    }
  };
  expect(refusal(set)).toBe(
    'TAKEN: there is a set set-0 already; remove it first, or name this one otherwise',
  );
  expect(refusal({ ...other, self: { ...other.self, serverSpi: set.self.clientSpi } })).toBe(
    'TAKEN: SPI 0x00001000 belongs to the set set-0; choose another one',
  );
  expect(refusal({ ...other, self: { ...other.self, serverSpi: other.self.clientSpi } })).toBe(
    'INVALID_REQUEST: both inbound SAs of set-1 have the SPI 0x00001002; give each its own',
  );
  expect(refusal({ ...other, other: { ...other.other, clientSpi: other.self.serverSpi } })).toBe(
    'INVALID_REQUEST: an inbound and an outbound SA of set-1 have the SPI 0x00001003; give each its own',
  );
});

test('whatever comes, nothing is delivered and it goes on', () => {
  const { other, set } = pair();
  const start = fc.constantFrom(
    Buffer.alloc(0),
    ipPacket({ source: ue, destination: pcscf, protocol: protocols.esp, payload: Buffer.alloc(40) }),
    Buffer.from([0, 0, 0x20, 1]),
  );
  const spi = Buffer.alloc(4);
  spi.writeUInt32BE(set.other.serverSpi);
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 120 }), (first, rest) => {
      const bytes = Buffer.concat([first, Buffer.from(rest)]);
      other.engine.outgoing(bytes);
      other.engine.incomingEsp(bytes);
      other.engine.incomingUdp(bytes, { ip: ue, port: 4500 });
      other.engine.incomingUdp(Buffer.concat([spi, bytes]), { ip: ue, port: 4500 });
      expect(other.delivered).toEqual([]);
    }),
    { numRuns: 500 },
  );
  expect(other.lines.length).toBeLessThan(300);
});
