import { PassThrough } from 'node:stream';
import type { AttemptReport } from '../../../nodes/ue/protocol';
import { judge } from '../../judge/verdict';
import { readBothSides } from '../both-sides';
import { collectEvidence, type Observed } from '../collect';
import { CoreSip } from '../core-sip';
import { evidence } from '../evidence';
import { pcapItems } from '../pcap';
import type { AttemptTrace } from '../trace';
import { toPcscf } from '../../../ladder/testing/rungs';
import type { Owner } from './kind';
import { translation, type TranslationEvidence } from './translation';
import { flow, rules, start } from '../testing/attempts';
import { pcap, recordAt, sipRegister, udp } from '../testing/builders';
import { coreExchange, exchange, pcscfAtCore } from '../testing/core';

/** The UE is behind the NAPT of firewall 1. */
const ue = { ip: '10.89.1.2', port: 32768 };
const nat = { ip: '198.19.1.1', port: 50001 };
const pcscf = { ip: '198.19.0.10', port: 5060 };

const report = (over: Partial<AttemptReport> = {}): AttemptReport => ({
  attempt: 'a1',
  startedAt: start - 100,
  durationMs: 300,
  end: 'abandoned',
  failure: { code: 'ABANDONED', text: 'abandoned at the request of the lab' },
  flows: [flow({ at: start - 90, local: ue, remote: pcscf })],
  identifiers: [{ attempt: 'a1', kind: 'sip-call-id', value: 'call-1' }],
  ...over,
});

function sipOf(packets: readonly Uint8Array[]): CoreSip {
  const stream = new PassThrough();
  const sip = new CoreSip(stream, pcscfAtCore.ip);
  const records = packets.map((packet, index) => recordAt(start + 10 * index, packet));
  stream.emit('data', pcap(records, { linkType: 101 }));
  return sip;
}

async function* bytesOf(...packets: Uint8Array[]): AsyncGenerator<Uint8Array> {
  const records = packets.map((packet, index) => recordAt(start + index, packet));
  yield await Promise.resolve(pcap(records, { linkType: 101 }));
}

const subscribe = sipRegister({ branch: 'z9hG4bKue' });
const sides = (outside = nat, inside = ue, text = subscribe) =>
  readBothSides(
    { name: 'captures/1-ue-side.pcap', chunks: bytesOf(udp(ue, pcscf, 'noise'), udp(inside, pcscf, text)) },
    { name: 'captures/1-core-side.pcap', chunks: bytesOf(udp(outside, pcscf, subscribe)) },
  );

function collect(over: Partial<Observed> = {}, core: Partial<NonNullable<Observed['core']>> = {}) {
  const items = collectEvidence({
    report: report(),
    drops: [],
    rule: rules,
    core: { sip: sipOf(coreExchange()), capture: 'captures/core.pcap', ...core },
    ...over,
  });
  for (const item of items) expect(evidence.parse(JSON.parse(JSON.stringify(item)))).toEqual(item);
  return items;
}

const item: TranslationEvidence = {
  kind: 'translation',
  at: start + 30,
  inside: ue,
  outside: nat,
  socket: { protocol: 'udp', local: ue, remote: pcscf },
  request: {
    method: 'NOTIFY',
    target: 'sip:ue-1@10.89.1.2:32768',
    callId: 'call-1',
    answer: '500 No Route To The UE',
    asked: { capture: 'captures/core.pcap', frame: 3, at: start + 20 },
    answered: { capture: 'captures/core.pcap', frame: 4, at: start + 30 },
  },
  count: 1,
};

it('while the run goes on it rests on what stands between P-CSCF and core', () => {
  expect(collect()).toEqual([item]);
});

it('a request that was sent again is counted, and the first is shown', () => {
  const [subscribe, ok, ...notified] = coreExchange();
  const again = coreExchange({ ...exchange, branch: 'z9hG4bKagain' }).slice(2);
  const sip = sipOf([subscribe!, ok!, ...notified, ...again]);
  expect(collect({}, { sip })).toEqual([{ ...item, count: 2 }]);
});

it('in the end it is seen in the captures of both sides', async () => {
  expect(collect({}, { sides: await sides() })).toEqual([
    {
      ...item,
      seen: {
        branch: 'z9hG4bKue',
        inside: { capture: 'captures/1-ue-side.pcap', frame: 2, at: start + 1 },
        outside: { capture: 'captures/1-core-side.pcap', frame: 1, at: start },
      },
    },
  ]);
});

it.each([
  ['the other side has another address', () => sides({ ...nat, port: 50002 })],
  ['this side has another address', () => sides(nat, { ...ue, port: 40000 })],
  [
    'one side does not have the request at all',
    () => sides(nat, ue, sipRegister({ branch: 'z9hG4bKother' })),
  ],
])('there is none where %s', async (_, read) => {
  expect(collect({}, { sides: await read() })).toEqual([]);
});

it.each<[string, Partial<Observed>]>([
  ['an attempt that passed', { report: report({ end: 'passed' }) }],
  ['an attempt with another Call-ID', { report: report({ identifiers: [] }) }],
  ['an attempt with another socket', { report: report({ flows: [flow()] }) }],
  ['an attempt that ended before', { report: report({ startedAt: start - 2000 }) }],
  ['an attempt that began later', { report: report({ startedAt: start + 25 }) }],
])('%s has none', (_, over) => {
  expect(collect(over)).toEqual([]);
});

it('explains that a UE waits in vain, and nothing else', () => {
  const verdictAfter = (code: 'ABANDONED' | 'TIMEOUT' | 'SIP_REFUSED') =>
    judge({ end: code === 'ABANDONED' ? 'abandoned' : 'failed', code, text: 'it failed' }, collect());
  expect(verdictAfter('TIMEOUT')).toEqual({
    verdict: 'blocked',
    reason:
      'the NAPT made 198.19.1.1:50001 of 10.89.1.2:32768, so NOTIFY to sip:ue-1@10.89.1.2:32768 had no way: the P-CSCF answered it 500 No Route To The UE',
  });
  expect(verdictAfter('ABANDONED').verdict).toBe('blocked');
  expect(verdictAfter('SIP_REFUSED').verdict).toBe('failed');
});

it('refuses only the way whose address was changed', () => {
  const ways = [{ protocol: 'udp' as const, local: ue, remote: pcscf }];
  const after = (more: typeof ways) =>
    judge({ end: 'failed', code: 'TIMEOUT', text: 'x', ways: [...ways, ...more] }, collect()).verdict;
  expect(after([])).toBe('blocked');
  expect(after([{ protocol: 'udp', local: { ...ue, port: 1 }, remote: pcscf }])).toBe('failed');
});

it('a NOTIFY that was delivered is no evidence, however the attempt ended', () => {
  const sip = sipOf(coreExchange({ ...exchange, answer: '200 OK' }));
  expect(collect({}, { sip })).toEqual([]);
});

describe('stored', () => {
  const seen = {
    branch: 'z9hG4bKue',
    inside: { capture: 'captures/1-ue-side.pcap', frame: 1, at: start },
    outside: { capture: 'captures/1-core-side.pcap', frame: 1, at: start },
  };
  const { flows, identifiers } = report();
  const trace: AttemptTrace = { startedAt: start - 100, endedAt: start + 200, flows, identifiers };

  it.each<[string, string, boolean]>([
    ['the request', sipRegister({ branch: 'z9hG4bKue', callId: 'call-1' }), true],
    ['one with another branch', sipRegister({ branch: 'z9hG4bKno', callId: 'call-1' }), false],
    ['one with another Call-ID', sipRegister({ branch: 'z9hG4bKue', callId: 'call-2' }), false],
  ])('it cites the packets of the same dialog: %s', async (_, text, isIt) => {
    const citations = translation.cites({ ...item, seen }, trace).slice(2);
    const outcomes: boolean[] = [];
    for (const [index, from] of [ue, nat].entries())
      for await (const one of pcapItems(bytesOf(udp(from, pcscf, text))))
        if (one.kind === 'packet') outcomes.push(citations[index]!.differs(one) === undefined);
    expect(outcomes).toEqual([isIt, isIt]);
  });

  const owner: Owner = {
    rung: toPcscf(1, 'udp:5060'),
    trace,
    knobs: { napt: true, proxy: 'none' },
    areCapturesRead: true,
  };
  const other = { ip: '10.89.1.2', port: 32769 };

  it.each<[string, Partial<TranslationEvidence>, Partial<Owner>, string[]]>([
    ['nothing contradicts it', {}, {}, []],
    [
      'it is of another end of the way',
      { inside: other },
      {},
      ["has 10.89.1.2:32769 for the UE's own 10.89.1.2:32768"],
    ],
    ['nothing was translated', { outside: ue }, {}, ['has 10.89.1.2:32768 on both sides of the NAPT']],
    [
      'it is of another way',
      { inside: other, socket: { protocol: 'udp', local: other, remote: pcscf } },
      {},
      ['is of udp 10.89.1.2:32769 to 198.19.0.10:5060, which is no way of the attempt'],
    ],
    [
      'it is of another dialog',
      { request: { ...item.request, callId: 'call-2' } },
      {},
      ["is of the Call-ID call-2, which is none of the attempt's"],
    ],
    [
      'there is no NAPT',
      {},
      { knobs: { napt: false, proxy: 'none' } },
      ['is of an NAPT, and the firewall has none'],
    ],
    ['it has no frames', { seen: undefined }, {}, ['names no frame, though the captures were read']],
    ['it has no frames, and nobody could', { seen: undefined }, { areCapturesRead: false }, []],
  ])('%s', (_, over, more, words) => {
    expect(translation.contradicts({ ...item, seen, ...over }, { ...owner, ...more })).toEqual(words);
  });
});
