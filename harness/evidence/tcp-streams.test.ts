import fc from 'fast-check';
import { decodeIpv4, type TcpPacket } from './packet';
import { TcpReassembler, type TcpConnection } from './tcp-streams';
import { tcp, type Address } from './testing/builders';

const ue = { ip: '10.89.1.2', port: 32768 };
const server = { ip: '198.18.0.10', port: 443 };

function segment(
  src: Address,
  dst: Address,
  flags: string,
  seq: number,
  payload: Uint8Array | string = '',
): TcpPacket {
  const packet = decodeIpv4(tcp(src, dst, flags, seq, payload));
  if (packet?.protocol !== 'tcp') throw new Error('the test built no TCP packet');
  return packet;
}

function reassemble(packets: readonly TcpPacket[], limit?: number): TcpConnection[] {
  const reassembler = new TcpReassembler(limit);
  packets.forEach((packet, i) => reassembler.add(packet, 1000 + i));
  return reassembler.all();
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** The bytes of a stream, cut into segments that may overlap, some of them sent twice, then shuffled. */
const mangled = fc
  .record({
    bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    isn: fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0xffffff00, max: 0xffffffff })),
    sizes: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
    overlaps: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1 }),
    order: fc.infiniteStream(fc.nat()),
    synAt: fc.nat(),
  })
  .map(({ bytes, isn, sizes, overlaps, order, synAt }) => {
    const parts: { start: number; end: number }[] = [];
    for (let start = 0, i = 0; start < bytes.length; i++) {
      const end = Math.min(bytes.length, start + (sizes[i % sizes.length] ?? 1));
      const overlap = overlaps[i % overlaps.length] ?? 0;
      parts.push({ start, end: Math.min(bytes.length, end + overlap) });
      if (overlap % 3 === 0) parts.push({ start: Math.max(0, start - overlap), end });
      start = end;
    }
    const keyed = parts
      .map((part) => ({ part, key: order.next().value as number }))
      .sort((a, b) => a.key - b.key);
    const packets = keyed.map(({ part }) =>
      segment(ue, server, '.', (isn + 1 + part.start) >>> 0, bytes.subarray(part.start, part.end)),
    );
    packets.splice(synAt % (packets.length + 1), 0, segment(ue, server, 'S', isn));
    return { bytes, packets };
  });

test('shuffled, repeated and overlapping segments give the stream that was sent, across the wrap of numbers', () => {
  fc.assert(
    fc.property(mangled, ({ bytes, packets }) => {
      const connections = reassemble(packets);
      expect(connections).toHaveLength(1);
      const stream = connections[0]?.fromClient;
      expect(Buffer.from(stream?.bytes ?? [])).toEqual(Buffer.from(bytes));
      expect(stream?.incomplete).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('each byte bears the time and number of the packet that showed it first', () => {
  fc.assert(
    fc.property(mangled, ({ packets }) => {
      const pieces = reassemble(packets)[0]?.fromClient.pieces ?? [];
      const isn = packets.find((packet) => packet.flags?.syn)?.seq ?? 0;
      for (const { offset, bytes, order, at } of pieces) {
        expect(at).toBe(1000 + order);
        for (let i = offset; i < offset + bytes.length; i++) {
          const first = packets.findIndex(
            ({ seq, payload, flags }) =>
              !flags?.syn && ((isn + 1 + i - seq) | 0) >= 0 && ((isn + 1 + i - seq) | 0) < payload.length,
          );
          expect(order).toBe(first);
        }
      }
    }),
  );
});

test('who opened it, whether it was answered, and both directions', () => {
  const [connection] = reassemble([
    segment(ue, server, 'S', 100),
    segment(server, ue, 'S.', 500),
    segment(ue, server, '.', 101),
    segment(ue, server, 'P.', 101, 'ping'),
    segment(server, ue, 'P.', 501, 'pong'),
  ]);
  expect(connection).toMatchObject({
    client: ue,
    server,
    synSeen: true,
    answered: true,
    openedAt: 1000,
    lastAt: 1004,
  });
  expect(text(connection?.fromClient.bytes ?? Buffer.alloc(0))).toBe('ping');
  expect(text(connection?.fromServer.bytes ?? Buffer.alloc(0))).toBe('pong');
});

test('a SYN sent again is the same connection, a new SYN from the same port another one', () => {
  const again = reassemble([segment(ue, server, 'S', 100), segment(ue, server, 'S', 100)]);
  expect(again).toMatchObject([{ synSeen: true, answered: false }]);
  const anew = reassemble([
    segment(ue, server, 'S', 100),
    segment(ue, server, 'P.', 101, 'one'),
    segment(ue, server, 'S', 90_000),
    segment(ue, server, 'P.', 90_001, 'two'),
  ]);
  expect(anew.map((connection) => text(connection.fromClient.bytes))).toEqual(['one', 'two']);
});

test('without a SYN the connection is there, but not counted as opened', () => {
  expect(reassemble([segment(ue, server, 'P.', 7, 'x')])).toMatchObject([{ client: ue, synSeen: false }]);
});

test('the SYN-ACK alone tells who is the client', () => {
  expect(reassemble([segment(server, ue, 'S.', 7)])).toMatchObject([{ client: ue, server, answered: true }]);
});

test('behind a gap nothing is read', () => {
  const [connection] = reassemble([
    segment(ue, server, 'S', 0),
    segment(ue, server, '.', 1, 'abc'),
    segment(ue, server, '.', 10, 'xyz'),
  ]);
  expect(text(connection?.fromClient.bytes ?? Buffer.alloc(0))).toBe('abc');
  expect(connection?.fromClient.incomplete).toBe(true);
});

test('bytes that the other side has, but the capture has not, are missed', () => {
  const answer = (ack: number): TcpPacket => ({ ...segment(server, ue, '.', 501), ack });
  const opening = [segment(ue, server, 'S', 100), segment(ue, server, '.', 101, 'abc')];
  const missing = (...packets: TcpPacket[]): boolean | undefined =>
    reassemble([...opening, ...packets])[0]?.fromClient.incomplete;
  expect(missing(answer(104))).toBe(false);
  expect(missing(answer(105))).toBe(false); // the FIN's own number
  expect(missing(answer(110))).toBe(true);
});

test('a stream without its SYN may lack its beginning', () => {
  expect(reassemble([segment(ue, server, 'P.', 7, 'x')])[0]?.fromClient.incomplete).toBe(true);
});

test('a keep-alive probe with a garbage byte changes nothing (RFC 9293 3.8.4)', () => {
  const [connection] = reassemble([
    segment(ue, server, 'S', 0),
    segment(ue, server, '.', 0, '?'),
    segment(ue, server, '.', 1, 'abc'),
    segment(ue, server, '.', 3, '?'),
  ]);
  expect(text(connection?.fromClient.bytes ?? Buffer.alloc(0))).toBe('abc');
});

test('no more than the limit is kept, and it is told', () => {
  const packets = [...Array(10).keys()].map((i) => segment(ue, server, '.', 1 + i * 10, 'x'.repeat(10)));
  const [connection] = reassemble([segment(ue, server, 'S', 0), ...packets], 55);
  expect(connection?.fromClient.bytes).toHaveLength(50);
  expect(connection?.fromClient.incomplete).toBe(true);
});

test('segments cut off after their ports tell nothing', () => {
  const stump = decodeIpv4(tcp(ue, server, 'P.', 1, 'x').subarray(0, 28));
  expect(stump?.protocol === 'tcp' && reassemble([stump])).toEqual([]);
});
