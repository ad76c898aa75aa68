import fc from 'fast-check';
import { capturedItems } from './captured-items';
import { linkTypes, type PcapProblem } from './pcap';
import { PcapngDecoder, type AnnotatedPacket, type PcapngItem } from './pcapng';
import { tlsKeyLog } from './pcapng-format';
import { PcapngWriter, type InterfaceWords, type PacketWords } from './pcapng-writer';
import { pcap, recordAt } from './testing/builders';
import {
  block,
  enhancedPacket,
  interfaceBlock,
  obsoletePacket,
  secretsBlock,
  sectionHeader,
  simplePacket,
  type MadePacket,
  type Order,
} from './testing/pcapng';

const little: Order = { littleEndian: true };
const both = fc.constantFrom<Order>(little, { littleEndian: false });
const abcd = Buffer.from('abcd');

/** Cuts the bytes at the given places; pieces can be empty. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end));
}

function decode(...chunks: readonly Uint8Array[]): PcapngItem[] {
  const decoder = new PcapngDecoder();
  return [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.end()];
}

const packetsIn = (...chunks: readonly Uint8Array[]): AnnotatedPacket[] => {
  const items = decode(...chunks);
  expect(items.filter(({ kind }) => kind === 'problem')).toEqual([]);
  return items.filter((item) => item.kind === 'packet');
};

const interfaces: fc.Arbitrary<InterfaceWords[]> = fc.array(
  fc.record({ name: fc.string(), description: fc.string(), linkType: fc.nat(0xffff) }),
  { minLength: 1, maxLength: 4 },
);

const packet: fc.Arbitrary<PacketWords> = fc.record(
  {
    interface: fc.nat(1000),
    // Until the year 2109; of later moments a number of milliseconds does not tell the microsecond.
    at: fc.integer({ min: 0, max: 2 ** 42 * 1000 }).map((us) => us / 1000),
    bytes: fc.uint8Array({ maxLength: 80 }),
    originalLength: fc.nat(0xffffffff),
    // A reader takes zeros at the end for the padding that some writers leave there.
    comment: fc.string().map((text) => text.replace(/\0+$/, '')),
  },
  { requiredKeys: ['interface', 'at', 'bytes', 'originalLength'] },
);

test('what the writer writes is what the reader reads, in both byte orders and in pieces of any size', () => {
  fc.assert(
    fc.property(
      both,
      interfaces,
      fc.array(packet, { maxLength: 12 }),
      fc.string(),
      fc.array(fc.nat()),
      ({ littleEndian }, described, packets, keyLog, places) => {
        const writer = new PcapngWriter(littleEndian);
        const own = packets.map((one) => ({ ...one, interface: one.interface % described.length }));
        const file = Buffer.concat([
          writer.sectionHeader('a test'),
          ...described.map((one) => writer.interfaceDescription(one)),
          writer.tlsSecrets(keyLog),
          ...own.map((one) => writer.enhancedPacket(one)),
        ]);
        const expected = own.map(({ interface: number, ...rest }, index) => {
          const { name, description, linkType } = described[number]!;
          return {
            kind: 'packet',
            frame: index + 1,
            littleEndian,
            linkType,
            interface: {
              number,
              name: name.replace(/\0+$/, ''),
              description: description.replace(/\0+$/, ''),
            },
            ...rest,
          };
        });
        const read = decode(...cut(file, places)).map((item) =>
          item.kind === 'problem' ? item : { ...item, bytes: Uint8Array.from(item.bytes) },
        );
        expect(read).toEqual([
          { kind: 'secrets', type: tlsKeyLog, bytes: Uint8Array.from(Buffer.from(keyLog)) },
          ...expected,
        ]);
      },
    ),
  );
});

test('a comment that is too long for an option is cut off between two characters', () => {
  const writer = new PcapngWriter();
  const [{ comment } = {}] = packetsIn(
    writer.sectionHeader(''),
    writer.interfaceDescription({ name: '', description: '', linkType: 1 }),
    writer.enhancedPacket({
      interface: 0,
      at: 0,
      bytes: abcd,
      originalLength: 4,
      comment: 'ä'.repeat(40_000),
    }),
  );
  expect(comment).toBe('ä'.repeat(32_767));
});

describe('time stamps', () => {
  const at = (list: readonly (readonly [number, Uint8Array])[], ticks: bigint, order = little): number =>
    packetsIn(
      sectionHeader(order),
      interfaceBlock(order, 1, list),
      enhancedPacket(order, { interface: 0, ticks, bytes: abcd }),
    )[0]!.at;

  it.each([
    ['microseconds where nothing is said', [], 1_500_000n, 1500],
    ['milliseconds', [[9, Buffer.from([3])]], 1_500n, 1500],
    ['nanoseconds', [[9, Buffer.from([9])]], 1_500_000_250n, 1500.00025],
    ['whole seconds', [[9, Buffer.from([0])]], 2n, 2000],
    ['parts of two', [[9, Buffer.from([0x80 | 10])]], 1536n, 1500],
  ] as const)('are in %s', (_, list, ticks, ms) => expect(at(list, ticks)).toBe(ms));

  it('are as exact as a number is', () => {
    const now = 1_795_424_000_123_456_789n;
    expect(at([[9, Buffer.from([9])]], now)).toBeCloseTo(1_795_424_000_123.4568, 3);
  });

  it('have the seconds added that the interface tells', () => {
    const offset = Buffer.alloc(8);
    offset.writeBigInt64BE(-3n);
    expect(at([[14, offset]], 5_000_000n, { littleEndian: false })).toBe(2000);
  });

  it('of any resolution are a number', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (resolution, ticks) => {
        expect(Number.isFinite(at([[9, Buffer.from([resolution])]], ticks))).toBe(true);
      }),
    );
  });
});

describe('the capture of a stranger', () => {
  const told: MadePacket = { interface: 0, ticks: 7_000n, bytes: abcd, comments: ['one', 'two'] };

  it('may have all comments that it likes', () => {
    const [first] = packetsIn(sectionHeader(little), interfaceBlock(little, 1), enhancedPacket(little, told));
    expect(first!.comment).toBe('one\ntwo');
  });

  it('may have packet blocks of the first version', () => {
    expect(
      packetsIn(sectionHeader(little), interfaceBlock(little, 113), obsoletePacket(little, told)),
    ).toMatchObject([{ at: 7, linkType: 113, comment: 'one\ntwo', originalLength: 4 }]);
  });

  it('may have simple packet blocks, which are cut off at the snapshot length and have no time', () => {
    const long = Buffer.alloc(10, 'x');
    const packets = packetsIn(
      sectionHeader(little),
      interfaceBlock(little, 1, [], 6),
      enhancedPacket(little, told),
      simplePacket(little, long.subarray(0, 6), 10),
      simplePacket(little, abcd),
    );
    expect(
      packets.map(({ at, bytes, originalLength }) => [at, Buffer.from(bytes).toString(), originalLength]),
    ).toEqual([
      [7, 'abcd', 4],
      [7, 'xxxxxx', 10],
      [7, 'abcd', 4],
    ]);
  });

  it('may have sections, each with interfaces and a byte order of its own', () => {
    const big: Order = { littleEndian: false };
    const packets = packetsIn(
      ...[sectionHeader(little), interfaceBlock(little, 1, [[2, Buffer.from('eth0\0')]])],
      enhancedPacket(little, told),
      ...[sectionHeader(big), interfaceBlock(big, 101), interfaceBlock(big, 239, [[2, Buffer.from('nf')]])],
      enhancedPacket(big, { ...told, interface: 1 }),
    );
    expect(
      packets.map(({ frame, linkType, littleEndian, interface: from }) => [
        frame,
        linkType,
        littleEndian,
        from!.name,
      ]),
    ).toEqual([
      [1, 1, true, 'eth0'],
      [2, 239, false, 'nf'],
    ]);
  });

  it('may have blocks that nobody knows, and those that Wireshark counts as frames are counted', () => {
    const packets = packetsIn(
      sectionHeader(little),
      block(little, 0x7fff, Buffer.from('whatever')),
      interfaceBlock(little, 1),
      block(little, 9, Buffer.from('__REALTIME_TIMESTAMP=1\n\n')),
      block(little, 5, Buffer.alloc(12)),
      enhancedPacket(little, told),
    );
    expect(packets.map(({ frame }) => frame)).toEqual([2]);
  });

  it('may have secrets', () => {
    const items = decode(
      sectionHeader(little),
      secretsBlock(little, tlsKeyLog, Buffer.from('CLIENT_RANDOM 1 2')),
    );
    expect(items).toMatchObject([{ kind: 'secrets', type: tlsKeyLog }]);
    expect(Buffer.from((items[0] as { bytes: Uint8Array }).bytes).toString()).toBe('CLIENT_RANDOM 1 2');
  });
});

test('garbage never throws and is told once', () => {
  const head = Buffer.concat([sectionHeader(little), interfaceBlock(little, 1)]);
  const anyBlock = fc
    .tuple(both, fc.oneof(fc.nat(12), fc.nat(0xffffffff)), fc.uint8Array({ maxLength: 60 }))
    .map(([order, type, content]) =>
      block(order, type, Buffer.concat([content, Buffer.alloc(-content.length & 3)])),
    );
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(fc.oneof(fc.uint8Array({ maxLength: 200 }), anyBlock)),
      (withHeader, chunks) => {
        const items = decode(...(withHeader ? [head, ...chunks] : chunks));
        const problems = items.filter(({ kind }) => kind === 'problem');
        expect(problems.length).toBeLessThanOrEqual(1);
        if (problems.length === 1) expect(items.at(-1)).toBe(problems[0]);
      },
    ),
    { numRuns: 500 },
  );
});

test('a capture with a byte that is another one never throws', () => {
  const file = Buffer.concat([
    sectionHeader(little),
    interfaceBlock(little, 1, [[9, Buffer.from([9])]]),
    enhancedPacket(little, { interface: 0, ticks: 7n, bytes: abcd, comments: ['one'] }),
    secretsBlock(little, tlsKeyLog, abcd),
  ]);
  fc.assert(
    fc.property(fc.nat(file.length - 1), fc.nat(255), (place, value) => {
      const changed = Buffer.from(file);
      changed[place] = value;
      expect(decode(changed).filter(({ kind }) => kind === 'problem').length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 500 },
  );
});

const header = sectionHeader(little);
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
test.each<[string, Buffer, PcapProblem['code'], string]>([
  [
    'no capture',
    Buffer.from('GET / HTTP/1.1\r\n'),
    'PCAP_NOT_A_CAPTURE',
    'these bytes do not begin like a pcapng capture',
  ],
  [
    'no byte order',
    hex('0a0d0d0a 1c000000 00000000 01000000'),
    'PCAP_NOT_A_CAPTURE',
    'a section of the capture does not begin with a byte order that there is',
  ],
  [
    'a version to come',
    sectionHeader(little, 2),
    'PCAP_BAD_RECORD',
    'the capture is of version 2.0 of pcapng, and known is version 1',
  ],
  [
    'an impossible length',
    Buffer.concat([header, hex('06000000 fcffff7f 00000000')]),
    'PCAP_BAD_RECORD',
    'a block of the capture claims 2147483644 bytes',
  ],
  [
    'a length of nothing',
    Buffer.concat([header, Buffer.alloc(12)]),
    'PCAP_BAD_RECORD',
    'a block of the capture claims 0 bytes',
  ],
  [
    'two lengths',
    Buffer.concat([header, hex('05000000 10000000 00000000 14000000')]),
    'PCAP_BAD_RECORD',
    'a block of the capture has 16 bytes and another length at its end',
  ],
  [
    'a packet that is longer than its block',
    Buffer.concat([
      header,
      interfaceBlock(little, 1),
      block(little, 6, hex('00000000 00000000 00000000 05000000 05000000 61626364')),
    ]),
    'PCAP_BAD_RECORD',
    'a block of the capture ends before what it says that it has',
  ],
  [
    'a packet of no interface',
    Buffer.concat([
      header,
      interfaceBlock(little, 1),
      enhancedPacket(little, { interface: 1, ticks: 0n, bytes: abcd }),
    ]),
    'PCAP_BAD_RECORD',
    'a packet of the capture is of interface 1, which it does not describe',
  ],
  [
    'a packet that is too long',
    Buffer.concat([
      header,
      interfaceBlock(little, 1),
      block(little, 6, hex('00000000 00000000 00000000 01001000 01001000')),
    ]),
    'PCAP_BAD_RECORD',
    'a packet of the capture claims 1048577 bytes',
  ],
  ['nothing', Buffer.alloc(0), 'PCAP_TRUNCATED', 'the capture ends inside a block (0 bytes of it are there)'],
  [
    'an end inside a block',
    header.subarray(0, -1),
    'PCAP_TRUNCATED',
    'the capture ends inside a block (27 bytes of it are there)',
  ],
])('%s is told as what it is', (_, bytes, code, text) => {
  expect(decode(bytes)).toEqual([{ kind: 'problem', code, text }]);
});

test('after a problem nothing more is said', () => {
  const decoder = new PcapngDecoder();
  expect(decoder.push(Buffer.alloc(24))).toHaveLength(1);
  expect(decoder.push(header)).toEqual([]);
  expect(decoder.end()).toEqual([]);
});

test('a packet stays what it was when the caller uses its chunk again', () => {
  const decoder = new PcapngDecoder();
  const file = Buffer.concat([
    header,
    interfaceBlock(little, 1),
    enhancedPacket(little, { interface: 0, ticks: 0n, bytes: abcd }),
  ]);
  const chunk = Buffer.from(file);
  const [first] = decoder.push(chunk) as AnnotatedPacket[];
  chunk.fill(0);
  expect(Buffer.from(first!.bytes).toString()).toBe('abcd');
});

describe('a capture of either format', () => {
  async function* chunksOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  }
  const read = async (bytes: Buffer, ...places: number[]): Promise<PcapngItem[]> => {
    const items: PcapngItem[] = [];
    for await (const item of capturedItems(chunksOf(...cut(bytes, places)))) items.push(item);
    return items;
  };
  const pcapng = Buffer.concat([
    header,
    interfaceBlock(little, linkTypes.raw),
    enhancedPacket(little, { interface: 0, ticks: 7_000n, bytes: abcd }),
  ]);
  const classic = pcap([recordAt(7, abcd)], { linkType: linkTypes.raw });

  it.each([
    ['pcapng', pcapng, true],
    ['pcap', classic, false],
  ])('is known by its first bytes: %s', async (_, file, isPcapng) => {
    for (const places of [[], [1], [2, 3], [4]]) {
      const items = await read(file, ...places);
      expect(items).toMatchObject([{ kind: 'packet', frame: 1, at: 7, linkType: linkTypes.raw }]);
      expect('interface' in items[0]!).toBe(isPcapng);
    }
  });

  it('that is none is told as what it is', async () => {
    const notOne = {
      kind: 'problem',
      code: 'PCAP_NOT_A_CAPTURE',
      text: 'these bytes do not begin like a pcap capture',
    };
    expect(await read(Buffer.from('<html><body>Not found</body></html>'))).toEqual([notOne]);
    expect(await read(Buffer.from('abc'))).toMatchObject([{ code: 'PCAP_TRUNCATED' }]);
  });
});
