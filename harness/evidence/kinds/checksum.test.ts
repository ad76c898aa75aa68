import { PassThrough } from 'node:stream';
import type { EspEvent } from '../../../nodes/ipsec/event';
import type { AttemptReport } from '../../../nodes/ue/protocol';
import { judge } from '../../judge/verdict';
import { readBothSides } from '../both-sides';
import { collectEvidence, type Observed } from '../collect';
import { EspRefusals } from '../esp-refusals';
import { evidence, kindOf } from '../evidence';
import { checksum, type ChecksumEvidence } from './checksum';
import type { Owner } from './kind';
import { packetOf } from '../packet';
import { pcapItems } from '../pcap';
import type { AttemptTrace } from '../trace';
import { toPcscf } from '../../../ladder/testing/rungs';
import { flow, rules, start } from '../testing/attempts';
import { ipv4, pcap, recordAt, u32 } from '../testing/builders';

/** The UE is behind the NAPT of firewall 1. */
const ue = '10.89.1.2';
const nat = '198.19.1.1';
const pcscf = '198.19.0.10';
const spi = '0000a001';
const way = { protocol: 'esp', local: { ip: ue, port: 0 }, remote: { ip: pcscf, port: 0 } } as const;
const capture = (side: string): string => `captures/1-${side}-side.pcap`;

const report = (over: Partial<AttemptReport> = {}): AttemptReport => ({
  attempt: 'a1',
  startedAt: start - 100,
  durationMs: 300,
  end: 'abandoned',
  failure: { code: 'ABANDONED', text: 'abandoned at the request of the lab', ways: [way] },
  flows: [flow({ at: start - 90, ...way })],
  identifiers: [{ attempt: 'a1', kind: 'esp-spi', value: spi }],
  ...over,
});

const trace: AttemptTrace = {
  ...{ startedAt: start - 100, endedAt: start + 200 },
  flows: [...report().flows],
  identifiers: [...report().identifiers],
};

/**
 * By hand: the address of the UE is 0a59 + 0102 = 0b5b, that of the NAPT c613 + 0101 = c714. 1a2b + 0b5b - c714 is -a18e, in
 * one's complement 5e71.
 */
const event = (over: Partial<EspEvent> = {}): EspEvent => ({
  ...{ event: 'wrong-inner-checksum', at: start, spi, sequence: 1 },
  ...{ source: nat, destination: pcscf, found: '1a2b', right: '5e71' },
  ...over,
});

/** Returns what a program that prints these lines has told. */
async function refusals(...lines: string[]): Promise<EspRefusals> {
  const stream = new PassThrough();
  const told = new EspRefusals(stream);
  stream.end(lines.map((line) => `${line}\n`).join(''));
  await new Promise((resolve) => stream.on('close', resolve));
  return told;
}
const told = (...events: EspEvent[]): Promise<EspRefusals> =>
  refusals(...events.map((one) => JSON.stringify(one)));

const esp = (from: string, sequence = 1): Buffer =>
  ipv4(50, from, pcscf, Buffer.concat([u32(0xa001), u32(sequence), Buffer.alloc(40, 9)]));

async function* captureOf(...records: Parameters<typeof pcap>[0]): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(pcap(records, { linkType: 101 }));
}
const bytesOf = (...packets: Uint8Array[]): AsyncGenerator<Uint8Array> =>
  captureOf(...packets.map((packet, index) => recordAt(start + index, packet)));

const sides = (inside = esp(ue), outside = esp(nat)): ReturnType<typeof readBothSides> =>
  readBothSides(
    { name: capture('ue'), chunks: bytesOf(esp(ue, 9), inside) },
    { name: capture('core'), chunks: bytesOf(outside) },
  );

function collect(
  espRefusals: EspRefusals,
  over: Partial<Observed> = {},
  seen?: Awaited<ReturnType<typeof sides>>,
) {
  const items = collectEvidence({
    report: report(),
    drops: [],
    rule: rules,
    core: {
      sip: { undelivered: () => [] },
      capture: 'captures/core.pcap',
      esp: espRefusals,
      ...(seen ? { sides: seen } : {}),
    },
    ...over,
  });
  for (const item of items) expect(evidence.parse(JSON.parse(JSON.stringify(item)))).toEqual(item);
  return items;
}

const item: ChecksumEvidence = {
  ...{ kind: 'checksum' as const, at: start, socket: way, spi, sequence: 1, source: nat },
  ...{ found: '1a2b', right: '5e71', count: 1 },
};

it('while the run goes on it rests on what the P-CSCF tells', async () => {
  expect(collect(await told(event()))).toEqual([item]);
});

it('counts what the P-CSCF refused until the end of the attempt, and is of the first', async () => {
  const late = event({ at: start + 701, sequence: 4 });
  const events = [
    event({ at: start + 50, sequence: 2 }),
    event(),
    event({ at: start + 700, sequence: 3 }),
    late,
  ];
  expect(collect(await told(...events))).toEqual([{ ...item, count: 3 }]);
});

it('when the captures are read it also rests on the packet on both sides of the firewall', async () => {
  const seen = {
    inside: { capture: capture('ue'), frame: 2, at: start + 1 },
    outside: { capture: capture('core'), frame: 1, at: start },
  };
  expect(collect(await told(event()), {}, await sides())).toEqual([{ ...item, seen }]);
});

it('cites these two packets, and sees whether a frame is another', async () => {
  const [found] = collect(await told(event()), {}, await sides());
  const citations = kindOf(found!).cites(found!, trace);
  const frames = [];
  for await (const one of pcapItems(bytesOf(esp(nat), esp(ue), esp(nat, 2))))
    if (one.kind === 'packet') frames.push(one);
  expect(citations.map(({ capture: name, frame }) => `${name} ${frame}`)).toEqual([
    `${capture('ue')} 2`,
    `${capture('core')} 1`,
  ]);
  expect(frames.map((frame) => citations.map((one) => one.differs(frame) === undefined))).toEqual([
    [false, true],
    [true, false],
    [false, false],
  ]);
  expect(packetOf(frames[0]!)?.src).toBe(nat);
});

it('cites no packet that differs only in its sequence number, or in the address that it is from', async () => {
  const [found] = collect(await told(event()), {}, await sides());
  const [inside] = kindOf(found!).cites(found!, trace);
  const differs: (string | undefined)[] = [];
  // All have the time that the evidence has.
  for (const packet of [esp(ue), esp(ue, 2), esp('10.89.1.9')])
    for await (const one of pcapItems(captureOf(recordAt(start + 1, packet))))
      if (one.kind === 'packet') differs.push(inside!.differs(one));
  expect(differs).toEqual([
    undefined,
    `esp ${ue} > ${pcscf}, ESP, SPI 0x0000a001`,
    `esp 10.89.1.9 > ${pcscf}, ESP, SPI 0x0000a001`,
  ]);
});

it.each<[string, () => ReturnType<typeof sides>]>([
  ['the packet is not on the side of the core', () => sides(esp(ue), esp(nat, 5))],
  ['nobody changed its address', () => sides(esp(ue), esp(ue))],
  ['it came from elsewhere on the side of the UE', () => sides(esp('10.89.1.9'))],
])('shows nothing where the captures do not: %s', async (_, made) => {
  expect(collect(await told(event()), {}, await made())).toEqual([]);
});

it.each<[string, Partial<EspEvent>, Partial<AttemptReport>]>([
  ['another SPI', { spi: '0000a002' }, {}],
  ['before the attempt', { at: start - 101 }, {}],
  ['from the address of the UE itself', { source: ue }, {}],
  ['with a checksum that no translation makes', { found: '1a2c' }, {}],
  ['an attempt that passed', {}, { end: 'passed' }],
  ['an attempt without ESP', {}, { flows: [flow()] }],
])('is none of the attempt: %s', async (_, eventOver, reportOver) => {
  expect(collect(await told(event(eventOver)), { report: report(reportOver) })).toEqual([]);
});

it('what is no event is passed over', async () => {
  const lines = [
    '',
    '{',
    'null',
    '[]',
    '{"event":"other"}',
    JSON.stringify({ ...event(), spi: 'x' }),
    JSON.stringify(event()),
  ];
  expect((await refusals(...lines)).of([spi])).toEqual([event()]);
});

it('explains silence on the way of ESP, and says why', async () => {
  const items = collect(await told(event()), {}, await sides());
  const { witness } = { witness: { end: 'abandoned', ...report().failure } as const };
  expect(judge(witness, items)).toEqual({
    verdict: 'blocked',
    reason:
      'ESP in transport mode came through the NAPT from 198.19.1.1 and was authentic, but its checksum inside is over 10.89.1.2: the P-CSCF refused it',
  });
  expect(judge({ ...witness, code: 'SIP_REFUSED' }, items).verdict).toBe('inconclusive');
  const other = { ...way, remote: { ip: '198.19.0.99', port: 0 } };
  expect(judge({ ...witness, ways: [other] }, items).verdict).toBe('inconclusive');
  const sentence = kindOf(items[0]!).sentence(items[0]!, {
    when: (at) => `at ${at - start}`,
    denied: 'dropped',
  });
  expect(sentence).toBe(
    'the P-CSCF found ESP with SPI 0x0000a001 authentic, which the NAPT had made come from 198.19.1.1, and refused the datagram in it at 0: its checksum 0x1a2b is over 10.89.1.2, and 0x5e71 would be right',
  );
});

describe('a stored item that cannot be', () => {
  const owner: Owner = {
    rung: toPcscf(1, 'esp:5060'),
    trace,
    knobs: { napt: true, proxy: 'none' },
    areCapturesRead: false,
  };
  const words = (over: Partial<ChecksumEvidence>, more: Partial<Owner> = {}): readonly string[] =>
    checksum.contradicts({ ...item, ...over }, { ...owner, ...more });
  const none = { local: way.local, remote: { ip: '203.0.113.9', port: 0 } };

  it.each<[string, Partial<ChecksumEvidence>, Partial<Owner>, string[]]>([
    ['is not there', {}, {}, []],
    ['may be at a firewall of somebody else', {}, { knobs: undefined }, []],
    [
      'has another SPI',
      { spi: '0000a002' },
      {},
      ["is of the SPI 0x0000a002, which is none of the attempt's"],
    ],
    [
      'is on a rung of SIP Digest',
      {},
      { rung: toPcscf(1, 'udp:5060') },
      ['is of ESP in transport mode, and the attempt was on udp:5060'],
    ],
    [
      'is on the rung of ESP in UDP',
      {},
      { rung: toPcscf(2, 'esp-udp:4500') },
      ['is of ESP in transport mode, and the attempt was on esp-udp:4500'],
    ],
    [
      'has an invented checksum',
      { found: 'dead' },
      {},
      [`has the checksums 0xdead and 0x5e71, which do not differ as ${ue} and ${nat} do`],
    ],
    [
      'is not translated',
      { source: ue, found: '5e71' },
      {},
      [`has the checksums 0x5e71 and 0x5e71, which do not differ as ${ue} and ${ue} do`],
    ],
    [
      'has another way',
      { socket: { protocol: 'esp', ...none } },
      {},
      [`is of esp ${ue}:0 to 203.0.113.9:0, which is no way of the attempt`],
    ],
    // The attempt began at -100 and ended at 200; 50 ms before and 500 ms after are still its own.
    ['is just in time', { at: start - 150 }, {}, []],
    ['is just in time after it', { at: start + 700 }, {}, []],
    [
      'is too early',
      { at: start - 151 },
      {},
      [`is of ${new Date(start - 151).toISOString()}, when the attempt was not played`],
    ],
    [
      'is too late',
      { at: start + 701 },
      {},
      [`is of ${new Date(start + 701).toISOString()}, when the attempt was not played`],
    ],
    [
      'is at a firewall without NAPT',
      {},
      { knobs: { napt: false, proxy: 'none' } },
      ['is of an NAPT, and the firewall has none'],
    ],
    ['has no frames', {}, { areCapturesRead: true }, ['names no frame, though the captures were read']],
  ])('%s', (_, over, more, expected) => {
    expect(words(over, more)).toEqual(expected);
  });
});
