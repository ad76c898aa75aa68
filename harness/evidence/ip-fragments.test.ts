import fc from 'fast-check';
import { IpFragments } from './ip-fragments';
import { packetOf } from './packet';
import { linkTypes, type CapturedPacket } from './pcap';
import { ipv4, udp } from './testing/builders';

const [from, to] = [
  { ip: '10.0.0.1', port: 4000 },
  { ip: '10.0.0.2', port: 5060 },
];

const captured = (bytes: Buffer, frame: number): CapturedPacket => ({
  ...{ kind: 'packet', frame, at: frame, linkType: linkTypes.raw, bytes, originalLength: bytes.length },
  littleEndian: true,
});

/** Cuts a UDP packet at these offsets, which are multiples of eight bytes (RFC 791 3.2). */
function fragmentsOf(payload: Uint8Array, cuts: readonly number[], identification: number): Buffer[] {
  const body = udp(from, to, payload).subarray(20);
  const starts = [...new Set([0, ...cuts.map((cut) => cut * 8).filter((cut) => cut < body.length)])].sort(
    (a, b) => a - b,
  );
  return starts.map((start, index) => {
    const end = starts[index + 1];
    const bytes = ipv4(
      17,
      from.ip,
      to.ip,
      body.subarray(start, end),
      (end === undefined ? 0 : 0x2000) | (start / 8),
    );
    bytes.writeUInt16BE(identification, 4);
    return bytes;
  });
}

const payloadOf = (one: CapturedPacket): Buffer => Buffer.from(packetOf(one)!.payload);

test('packets whose fragments come in any order, and mixed, are whole with the last fragment, as their first frame', () => {
  const datagram = fc.tuple(
    fc.uint8Array({ minLength: 1, maxLength: 600 }),
    fc.uniqueArray(fc.integer({ min: 1, max: 70 }), { maxLength: 6 }),
  );
  fc.assert(
    fc.property(
      fc.array(datagram, { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.nat()),
      (datagrams, order) => {
        const all = datagrams
          .flatMap(([payload, cuts], identification) =>
            fragmentsOf(payload, cuts, identification).map((bytes, index) => ({
              bytes,
              index,
              identification,
            })),
          )
          .map((one) => ({ one, key: order.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        const fragments = new IpFragments();
        const whole = all.flatMap(({ bytes }, index) => fragments.take(captured(bytes, index + 1)) ?? []);
        expect(fragments.unfinished()).toEqual([]);
        const frames = all.flatMap(({ index }, at) => (index === 0 ? [at + 1] : []));
        expect(whole.map(({ frame }) => frame).sort((a, b) => a - b)).toEqual(frames);
        for (const one of whole) {
          const [payload] = datagrams[all[one.frame - 1]!.identification]!;
          expect(payloadOf(one)).toEqual(Buffer.from(payload));
          expect(packetOf(one)).toMatchObject({ fragment: 'no', length: 28 + payload.length });
        }
      },
    ),
  );
});

test('of a packet that misses a fragment its first one is left', () => {
  const parts = fragmentsOf(Buffer.alloc(300, 7), [10, 20], 1);
  for (const missing of [0, 1, 2]) {
    const fragments = new IpFragments();
    for (const [index, bytes] of parts.entries())
      if (index !== missing) expect(fragments.take(captured(bytes, index + 1))).toBeUndefined();
    expect(fragments.unfinished().map(({ frame }) => frame)).toEqual(missing === 0 ? [] : [1]);
  }
});

test('what is no fragment passes as it is, and no bytes end the reading', () => {
  const plain = captured(udp(from, to, 'hello'), 1);
  expect(new IpFragments().take(plain)).toBe(plain);
  const fragments = new IpFragments();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (bytes, isIp) => {
      const start = isIp ? Buffer.concat([Buffer.from([0x45]), bytes]) : Buffer.from(bytes);
      expect(() => fragments.take(captured(start, 1))).not.toThrow();
    }),
  );
});

test('many packets of which fragments are missing are given up, and the first fragment of each is told', () => {
  const givenUp: CapturedPacket[] = [];
  const fragments = new IpFragments((first) => givenUp.push(first));
  for (let identification = 0; identification < 1000; identification++)
    fragments.take(captured(fragmentsOf(Buffer.alloc(100), [8], identification)[0]!, identification + 1));
  expect([...givenUp, ...fragments.unfinished()].map(({ frame }) => frame)).toEqual(
    Array.from({ length: 1000 }, (_, index) => index + 1),
  );
});

test('a fragment that comes again changes nothing', () => {
  const [one, two, three] = fragmentsOf(Buffer.alloc(300, 7), [10, 20], 1) as [Buffer, Buffer, Buffer];
  const fragments = new IpFragments();
  for (const [index, bytes] of [one, one, three, three].entries())
    expect(fragments.take(captured(bytes, index + 1))).toBeUndefined();
  expect(fragments.take(captured(two, 5))).toMatchObject({ frame: 1 });
});

test('fragments that are more than 30 s apart are of two packets, as the identification may have come round', () => {
  const [one, two] = fragmentsOf(Buffer.alloc(100, 7), [8], 1) as [Buffer, Buffer];
  const givenUp: CapturedPacket[] = [];
  const fragments = new IpFragments((first) => givenUp.push(first));
  const at = (bytes: Buffer, ms: number): CapturedPacket => ({ ...captured(bytes, 1), at: ms });
  fragments.take(at(one, 0));
  expect(fragments.take(at(two, 30_001))).toBeUndefined();
  expect(givenUp).toHaveLength(1);
  expect(fragments.take(at(one, 30_002))).toBeDefined();
});
