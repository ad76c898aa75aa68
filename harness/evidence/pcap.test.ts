import fc from 'fast-check';
import { PcapDecoder, pcapItems, type CapturedPacket, type PcapItem } from './pcap';
import { pcap, type PcapRecord } from './testing/builders';

const records: fc.Arbitrary<PcapRecord[]> = fc.array(
  fc.record({
    seconds: fc.integer({ min: 0, max: 0xffffffff }),
    fraction: fc.integer({ min: 0, max: 999_999 }),
    bytes: fc.uint8Array({ maxLength: 80 }),
  }),
  { maxLength: 12 },
);

/** Cuts the bytes at the given places; pieces can be empty. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end));
}

function decode(chunks: readonly Uint8Array[]): PcapItem[] {
  const decoder = new PcapDecoder();
  return [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.end()];
}

test('any chunking of a capture gives the same packets, in both byte orders and resolutions', () => {
  fc.assert(
    fc.property(
      records,
      fc.array(fc.nat()),
      fc.boolean(),
      fc.boolean(),
      (list, places, littleEndian, nano) => {
        const file = pcap(list, { linkType: 1, littleEndian, nano });
        const items = decode(cut(file, places));
        expect(items.map((item) => item.kind)).toEqual(list.map(() => 'packet'));
        (items as CapturedPacket[]).forEach((packet, i) => {
          const { seconds, fraction, bytes } = list[i] as PcapRecord;
          expect(Buffer.from(packet.bytes)).toEqual(Buffer.from(bytes));
          expect(packet.at).toBeCloseTo(seconds * 1000 + fraction / (nano ? 1e6 : 1e3), 3);
          expect(packet).toMatchObject({ linkType: 1, littleEndian, originalLength: bytes.length });
        });
      },
    ),
  );
});

test('a packet stays what it was when the caller uses its chunk again', () => {
  const file = pcap([{ seconds: 1, fraction: 0, bytes: Buffer.from('abcd') }]);
  const decoder = new PcapDecoder();
  const first = Buffer.from(file.subarray(0, 30));
  decoder.push(first);
  first.fill(0);
  const second = Buffer.from(file.subarray(30));
  const packets = decoder.push(second) as CapturedPacket[];
  second.fill(0);
  const third = Buffer.from(pcap([{ seconds: 2, fraction: 0, bytes: Buffer.from('efgh') }]).subarray(24));
  packets.push(...(decoder.push(third) as CapturedPacket[]));
  third.fill(0);
  expect(packets.map(({ at, bytes }) => [at, Buffer.from(bytes).toString()])).toEqual([
    [1000, 'abcd'],
    [2000, 'efgh'],
  ]);
});

test('the original length of a packet that was cut off is kept', () => {
  const file = pcap([{ seconds: 1, fraction: 0, bytes: Buffer.from('abcd'), originalLength: 1500 }]);
  expect(decode([file])).toMatchObject([{ kind: 'packet', originalLength: 1500 }]);
});

test('garbage never throws and is told once', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(fc.uint8Array({ maxLength: 200 })), (withHeader, chunks) => {
      const items = decode(withHeader ? [pcap([]), ...chunks] : chunks);
      const problems = items.filter((item) => item.kind === 'problem');
      expect(problems.length).toBeLessThanOrEqual(1);
      if (problems.length === 1) expect(items.at(-1)).toBe(problems[0]);
    }),
  );
});

test.each<[string, Buffer, string, string]>([
  [
    'no capture',
    Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
    'PCAP_NOT_A_CAPTURE',
    'these bytes do not begin like a pcap capture',
  ],
  [
    'an impossible length',
    Buffer.concat([pcap([]), Buffer.from('0000000000000000ffffff7f00000000', 'hex')]),
    'PCAP_BAD_RECORD',
    'a record of the capture claims 2147483647 bytes',
  ],
  [
    'nothing',
    Buffer.alloc(0),
    'PCAP_TRUNCATED',
    'the capture ends inside the file header (0 bytes of it are there)',
  ],
  [
    'an end inside a record',
    pcap([{ seconds: 1, fraction: 0, bytes: Buffer.from('abcd') }]).subarray(0, -1),
    'PCAP_TRUNCATED',
    'the capture ends inside a record (19 bytes of it are there)',
  ],
])('%s is told as what it is', (_, bytes, code, text) => {
  expect(decode([bytes])).toEqual([{ kind: 'problem', code, text }]);
});

test('after a problem nothing more is said', () => {
  const decoder = new PcapDecoder();
  expect(decoder.push(Buffer.alloc(24))).toHaveLength(1);
  expect(decoder.push(pcap([{ seconds: 1, fraction: 0, bytes: Buffer.from('a') }]))).toEqual([]);
  expect(decoder.end()).toEqual([]);
});

test('a capture has started when its header is there', () => {
  const decoder = new PcapDecoder();
  const header = pcap([]);
  decoder.push(header.subarray(0, 23));
  expect(decoder.started).toBe(false);
  decoder.push(header.subarray(23));
  expect(decoder.started).toBe(true);
});

test('a stream of chunks is decoded as it comes', async () => {
  const file = pcap([{ seconds: 1, fraction: 500, bytes: Buffer.from('a') }]);
  const seen: PcapItem[] = [];
  for await (const item of pcapItems(chunksOf(file.subarray(0, 30), file.subarray(30)))) seen.push(item);
  expect(seen).toMatchObject([{ kind: 'packet', at: 1000.5 }]);
});

async function* chunksOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}
