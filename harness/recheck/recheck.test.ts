import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { espSaLines } from '../../nodes/ipsec/esp-sa';
import { setBetween } from '../../nodes/ipsec/testing/sets';
import { openRun } from '../bundle/open-run';
import { journalOf, writeFiles } from '../bundle/testing/runs';
import { nflog, pcap, recordAt, sipRegister, tcp, udp } from '../evidence/testing/builders';
import { coreExchange } from '../evidence/testing/core';
import type { DropEvidence } from '../evidence/kinds/drop';
import type { TranslationEvidence } from '../evidence/kinds/translation';
import type { VanishedEvidence } from '../evidence/kinds/vanished';
import { rejudge } from '../judge/rejudge';
import { runResult, type AttemptResult } from '../judge/result';
import { attempt, cell, run } from '../report/result-fixture';
import { temporaryFolder } from '../testing/cli';
import { recheck, type Recheck } from './recheck';

const at = 1_795_424_000_000;
const ue = { ip: '10.89.1.2', port: 32768 };
const nat = { ip: '198.19.1.1', port: 50001 };
const pcscf = { ip: '198.19.0.10', port: 5060 };
const toPcscf = { protocol: 'udp', local: ue, remote: pcscf } as const;
const register = udp(ue, pcscf, sipRegister({ branch: 'z9hG4bKue' }));

const drop: DropEvidence = {
  kind: 'drop',
  ...{ firewall: 'fw-3', rule: 'sip-ports', statement: 'the SIP ports', decisive: true, chain: 'forward' },
  ...{ at: at + 1, lastAt: at + 1, count: 1, matchedBy: 'five-tuple', socket: toPcscf },
  packet: {
    ...{ protocol: 'udp', src: ue.ip, sport: ue.port, dst: pcscf.ip, dport: pcscf.port },
    summary: 'SIP REGISTER',
  },
  ...{ capture: 'captures/3-denied.pcap', frame: 2 },
};
const vanished: VanishedEvidence = {
  kind: 'vanished',
  ...{ firewall: 'fw-4', decisive: true, at, lastAt: at, count: 1, matchedBy: 'five-tuple', socket: toPcscf },
  packet: drop.packet,
  entered: { capture: 'captures/4-firewall-inside.pcap', frame: 1, at },
  missingIn: 'captures/4-firewall-outside.pcap',
  answer: { capture: 'captures/4-firewall-inside.pcap', frame: 2, at: at + 1, kind: 'reset' },
};
const translation: TranslationEvidence = {
  kind: 'translation',
  ...{ at: at + 3, inside: ue, outside: nat, socket: toPcscf, count: 1 },
  request: {
    ...{
      method: 'NOTIFY',
      target: 'sip:ue-1@10.89.1.2:32768',
      callId: 'call-1',
      answer: '500 No Route To The UE',
    },
    asked: { capture: 'captures/core.pcap', frame: 3, at: at + 2 },
    answered: { capture: 'captures/core.pcap', frame: 4, at: at + 3 },
  },
  seen: {
    branch: 'z9hG4bKue',
    inside: { capture: 'captures/1-ue-side.pcap', frame: 1, at },
    outside: { capture: 'captures/1-core-side.pcap', frame: 1, at },
  },
};

const trace: Partial<AttemptResult> = {
  ...{ startedAt: at - 1, endedAt: at + 9, sockets: [{ at, ...toPcscf }] },
  identifiers: { callIds: ['call-1'], branches: ['z9hG4bKue'], stunTransactions: [] },
};
const failed = (cellId: string, evidence: AttemptResult['evidence']) =>
  attempt('1 udp:5060', 'blocked', {
    ...trace,
    id: `${cellId}/1-udp:5060`,
    witness: { end: 'abandoned', code: 'ABANDONED', text: 'ended by the lab' },
    evidence,
  });
const cells = [
  cell('0/register/aes', [attempt('1 udp:5060', 'passed', { id: '0/register/aes/1-udp:5060' })], 1),
  cell('1/register/aes', [failed('1/register/aes', [translation])], null),
  cell('3/register/aes', [failed('3/register/aes', [drop])], null),
  cell('4/register/aes', [failed('4/register/aes', [vanished])], null),
];
const made = run(cells, [], { firewalls: [...builtInCatalogue] });
const result = runResult.parse(
  JSON.parse(
    JSON.stringify(
      // None of the four expects more than step 1, so that each cell of one attempt is as expected.
      rejudge({ ...made, run: { ...made.run, plan: { ...made.run.plan, steps: [1] } } }),
    ),
  ),
);
const captures: Record<string, Buffer> = {
  'captures/3-denied.pcap': pcap([
    recordAt(at, nflog(register, { prefix: 'marker' })),
    recordAt(at + 1, nflog(register, { prefix: 'sip-ports' })),
  ]),
  'captures/4-firewall-inside.pcap': pcap([recordAt(at, register), recordAt(at + 1, tcp(pcscf, ue, 'R'))], {
    linkType: 101,
  }),
  'captures/core.pcap': pcap(
    coreExchange().map((packet, index) => recordAt(at + index, packet)),
    { linkType: 101 },
  ),
  'captures/1-ue-side.pcap': pcap([recordAt(at, register)], { linkType: 101 }),
  'captures/1-core-side.pcap': pcap([recordAt(at, udp(nat, pcscf, sipRegister({ branch: 'z9hG4bKue' })))], {
    linkType: 101,
  }),
};

const folder = temporaryFolder();
const honest = writeFiles(join(folder, 'honest'), {
  'events.jsonl': journalOf(result),
  'result.json': JSON.stringify(result),
  'captures/x': '',
});
for (const [name, bytes] of Object.entries(captures)) writeFileSync(join(honest, name), bytes);

const check = async (path: string): Promise<Recheck> => recheck(await openRun(path));
const linesOf = ({ disagreements }: Recheck): string[] =>
  disagreements.map(({ id, text }) => `${id}: ${text}`);

let copies = 0;
/** Copies the run, has a result or captures changed in the copy, and returns the lines of its check. */
async function changed(change: {
  readonly result?: (text: string) => string;
  readonly journal?: (text: string) => string;
  readonly files?: Readonly<Record<string, Buffer | undefined>>;
}): Promise<string[]> {
  const copy = join(folder, `copy-${++copies}`);
  cpSync(honest, copy, { recursive: true });
  const asIs = (text: string): string => text;
  writeFileSync(join(copy, 'result.json'), (change.result ?? asIs)(JSON.stringify(result)));
  writeFileSync(join(copy, 'events.jsonl'), (change.journal ?? asIs)(journalOf(result)));
  for (const [name, bytes] of Object.entries(change.files ?? {}))
    if (bytes) writeFileSync(join(copy, name), bytes);
    else rmSync(join(copy, name));
  return linesOf(await check(copy));
}
/** Changes result and journal alike, as somebody would who does not want to be found out. */
const everywhere = (from: string | RegExp, to: string): Parameters<typeof changed>[0] => {
  const change = (text: string): string => {
    expect(text).toMatch(from);
    return text.replaceAll(new RegExp(from, 'g'), to);
  };
  return { result: change, journal: change };
};

it('agrees with a run that is as it was stored', async () => {
  expect(result.cells.flatMap(({ attempts }) => attempts.map(({ verdict }) => verdict))).toEqual([
    'passed',
    'blocked',
    'blocked',
    'blocked',
  ]);
  expect(await check(honest)).toEqual({
    ...{ attempts: 4, cells: 4, claims: result.claims.length, hasJournal: true, disagreements: [] },
    ...{ frames: { frames: 7, unavailable: new Map() }, missingKeys: 0 },
  });
});

it('finds a verdict that was changed, by the evidence and by the journal', async () => {
  const lines = await changed({
    result: (text) => text.replace('"verdict":"blocked"', '"verdict":"passed"'),
  });
  expect(lines).toEqual([
    '1/register/aes/1-udp:5060: verdict is "passed" as stored, and "blocked" by its evidence',
    '1/register/aes/1-udp:5060: verdict is "passed" as stored, and "blocked" in the journal',
  ]);
});

it('finds an outcome, a claim and a summary that nothing gives', async () => {
  const lines = await changed({
    result: (text) =>
      text
        .replace('"outcome":"expected"', '"outcome":"flaky"')
        .replace('"verdict":"untested"', '"verdict":"confirmed"')
        .replace('"expected":4', '"expected":5'),
  });
  const [claim] = result.claims;
  expect(lines).toEqual(
    ['by its evidence', 'in the journal'].flatMap((by) => [
      `0/register/aes: outcome is "flaky" as stored, and "expected" ${by}`,
      `${claim!.id}: verdict is "confirmed" as stored, and "untested" ${by}`,
      `summary: expected is 5 as stored, and 4 ${by}`,
    ]),
  );
});

it('finds what the journal has otherwise, and what only one of the two has', async () => {
  const lines = await changed({
    result: (text) =>
      text
        .replace('"id":"0/register/aes/1-udp:5060"', '"id":"0/register/aes/2-udp:5060"')
        .replace('"backend":"netns"', '"backend":"docker"'),
  });
  expect(lines).toEqual([
    '0/register/aes/2-udp:5060: by its fields it is the attempt 0/register/aes/1-udp:5060',
    'run: backend is "docker" as stored, and "netns" in the journal',
    '0/register/aes/2-udp:5060: it is only there as stored',
    '0/register/aes/1-udp:5060: it is only there in the journal',
  ]);
});

it('finds a rule that the denied packet does not have, though the verdict stays', async () => {
  expect(await changed(everywhere('sip-ports', 'no-udp'))).toEqual([
    '3/register/aes/1-udp:5060: frame 2 of captures/3-denied.pcap, which its evidence cites, is a packet that the rule sip-ports denied',
  ]);
});

it.each<[string, string | RegExp, string, string]>([
  [
    'the number of another frame',
    '"frame":2}]',
    '"frame":1}]',
    '3/register/aes/1-udp:5060: frame 1 of captures/3-denied.pcap, which its evidence cites, is a packet that the rule marker denied',
  ],
  [
    'a frame that is not there',
    '"frame":2}]',
    '"frame":20}]',
    '3/register/aes/1-udp:5060: frame 20 of captures/3-denied.pcap, which its evidence cites, is not there',
  ],
  [
    'another hook',
    '"chain":"forward"',
    '"chain":"input"',
    '3/register/aes/1-udp:5060: frame 2 of captures/3-denied.pcap, which its evidence cites, is a packet that was denied in forward',
  ],
  [
    'a capture outside of the run',
    'captures/3-denied.pcap',
    '../honest/captures/3-denied.pcap',
    '3/register/aes/1-udp:5060: frame 2 of ../honest/captures/3-denied.pcap, which its evidence cites, is no capture of this run',
  ],
  [
    'another answer of the P-CSCF',
    '500 No Route To The UE',
    '404 Not Found',
    '1/register/aes/1-udp:5060: frame 4 of captures/core.pcap, which its evidence cites, is udp 198.18.0.10:5060 > 198.18.0.20:5060, SIP 500 NOTIFY',
  ],
  [
    'another address of the NAPT',
    /"outside":{"ip":"198.19.1.1"/,
    '"outside":{"ip":"198.19.1.9"',
    '1/register/aes/1-udp:5060: frame 1 of captures/1-core-side.pcap, which its evidence cites, is udp 198.19.1.1:50001 > 198.19.0.10:5060, SIP REGISTER',
  ],
  [
    'another answer of the firewall',
    '"kind":"reset"',
    '"kind":"icmp"',
    '4/register/aes/1-udp:5060: frame 2 of captures/4-firewall-inside.pcap, which its evidence cites, is tcp 198.19.0.10:5060 > 10.89.1.2:32768, TCP RST',
  ],
])('finds %s', async (_, from, to, line) => {
  const lines = (await changed(everywhere(from, to))).filter((one) => !one.includes('reason is'));
  expect(lines).toEqual([line]);
});

it('finds another packet in the place of the one that is cited, and another time', async () => {
  const other = udp(ue, { ...pcscf, port: 5061 }, sipRegister());
  const denied = (packet: Buffer, time: number): Buffer =>
    pcap([recordAt(at, nflog(register)), recordAt(time, nflog(packet, { prefix: 'sip-ports' }))]);
  const name = 'captures/3-denied.pcap';
  expect(await changed({ files: { [name]: denied(other, at + 1) } })).toEqual([
    `3/register/aes/1-udp:5060: frame 2 of ${name}, which its evidence cites, is udp 10.89.1.2:32768 > 198.19.0.10:5061, SIP REGISTER`,
  ]);
  expect(await changed({ files: { [name]: denied(register, at + 1000) } })).toEqual([
    `3/register/aes/1-udp:5060: frame 2 of ${name}, which its evidence cites, is a packet of ${new Date(at + 1000).toISOString()}`,
  ]);
});

it('says of a capture that breaks off what is not there, and why', async () => {
  const name = 'captures/core.pcap';
  expect(await changed({ files: { [name]: captures[name]!.subarray(0, -1) } })).toEqual([
    expect.stringMatching(
      /^1\/register\/aes\/1-udp:5060: frame 4 of captures\/core\.pcap, which its evidence cites, is not there \(the capture ends inside a record .*, PCAP_TRUNCATED\)$/,
    ),
  ]);
});

it('counts what could not be looked up, and agrees otherwise', async () => {
  const copy = join(folder, 'less');
  cpSync(honest, copy, { recursive: true });
  rmSync(join(copy, 'captures/core.pcap'));
  rmSync(join(copy, 'events.jsonl'));
  expect(await check(copy)).toMatchObject({
    ...{ hasJournal: false, disagreements: [] },
    frames: { frames: 5, unavailable: new Map([['captures/core.pcap', 2]]) },
  });
  expect(await check(join(copy, 'result.json'))).toMatchObject({
    ...{ attempts: 4, hasJournal: false, disagreements: [] },
    frames: { frames: 0, unavailable: expect.objectContaining({ size: 5 }) },
  });
});

it('judges a killed run by its journal', async () => {
  const copy = join(folder, 'killed');
  cpSync(honest, copy, { recursive: true });
  rmSync(join(copy, 'result.json'));
  expect(await check(copy)).toMatchObject({ attempts: 4, hasJournal: false, disagreements: [] });
});

describe('finds evidence that is not of its attempt:', () => {
  const ports = '3/register/aes/1-udp:5060';
  const noFrame = `${ports}: its evidence of the kind drop names no frame, though the captures were read`;
  const withoutFrame = everywhere(',"capture":"captures/3-denied.pcap","frame":2', '');
  const cutShort = (journal: string): Parameters<typeof changed>[0] => ({
    result: (text) => withoutFrame.result!(text).replace('"interrupted":false', '"interrupted":true'),
    journal: (text) =>
      withoutFrame.journal!(text)
        .replace('"interrupted":false', '"interrupted":true')
        .replace(/(?=\{"type":"run-ended")/, journal),
  });
  const read = (whole: boolean, firewall: string): string =>
    `{"type":"capture-read","at":1,"firewall":"${firewall}","whole":${whole}}\n`;

  it('a denied packet without its frame', async () => {
    expect(await changed(withoutFrame)).toEqual([noFrame]);
  });

  it('the same in a run that was cut short, where the captures were read', async () => {
    expect(await changed(cutShort(read(true, '3')))).toEqual([noFrame]);
    for (const journal of ['', read(false, '3'), read(true, '1')])
      expect(await changed(cutShort(journal))).toEqual([]);
  });

  it('and not where a capture broke off', async () => {
    const outage = '"outages":[{"node":"capture fw-3","code":"GONE","text":"tcpdump ended"}],';
    const lines = await changed({
      result: (text) => withoutFrame.result!(text).replace('"firewalls":[{', `${outage}"firewalls":[{`),
      journal: (text) =>
        withoutFrame.journal!(text).replace(
          /(?=\{"type":"versions")/,
          '{"type":"outage","at":1,"node":"capture fw-3","code":"GONE","text":"tcpdump ended"}\n',
        ),
    });
    expect(lines).toEqual([]);
  });

  it('a denied packet of another attempt of the same network', async () => {
    const other = { ...ue, port: 32769 };
    const denied = udp(other, pcscf, sipRegister());
    const name = 'captures/3-denied.pcap';
    // Evidence and frame are of the other port, and so is what the evidence says of the packet.
    const of = (text: string): string =>
      text.replace(/"kind":"drop".*?"frame":2/, (item) => item.replaceAll('32768', '32769'));
    const captured = pcap([
      recordAt(at, nflog(denied)),
      recordAt(at + 1, nflog(denied, { prefix: 'sip-ports' })),
    ]);
    expect(await changed({ result: of, journal: of, files: { [name]: captured } })).toEqual([
      `${ports}: its evidence of the kind drop is of udp 10.89.1.2:32769 to 198.19.0.10:5060, which is no way of the attempt`,
      `${ports}: frame 2 of ${name}, which its evidence cites, is no packet that belongs to the attempt as the evidence says`,
    ]);
  });

  it.each<[string, string | RegExp, string, string[]]>([
    [
      'a denied packet that belongs to it in another way',
      /"matchedBy":"five-tuple"(?=[^\n]{0,250}"frame":2)/,
      '"matchedBy":"sip-call-id"',
      [
        `${ports}: frame 2 of captures/3-denied.pcap, which its evidence cites, is no packet that belongs to the attempt as the evidence says`,
      ],
    ],
    [
      'a denied packet of a proxy where there is none',
      /"matchedBy":"five-tuple"(?=[^\n]{0,250}"frame":2)/,
      '"matchedBy":"sole-connect"',
      [`${ports}: its evidence of the kind drop is of a connection of the web proxy, and there is none`],
    ],
    [
      'a packet that vanished and has no SPI of its own',
      /"matchedBy":"five-tuple"(?=[^\n]{0,300}"missingIn")/,
      '"matchedBy":"esp-spi"',
      [
        '4/register/aes/1-udp:5060: frame 1 of captures/4-firewall-inside.pcap, which its evidence cites, is no packet that belongs to the attempt as the evidence says',
      ],
    ],
    [
      'a request that is of another dialog',
      /"callIds":\["call-1"\]/,
      '"callIds":["call-2"]',
      [
        "1/register/aes/1-udp:5060: its evidence of the kind translation is of the Call-ID call-1, which is none of the attempt's",
      ],
    ],
    [
      'a packet that vanished before it began',
      /"at":1795424000000(?=,"packet":)/,
      '"at":1795423999000',
      [
        '4/register/aes/1-udp:5060: its evidence of the kind vanished is of 2026-11-23T08:53:19.000Z, when the attempt was not played',
      ],
    ],
    [
      'an NAPT where there is none',
      '"napt":true',
      '"napt":false',
      [
        '1/register/aes/1-udp:5060: its evidence of the kind translation is of an NAPT, and the firewall has none',
      ],
    ],
  ])('%s', async (_, from, to, lines) => {
    const found = await changed(everywhere(from, to));
    expect(found.filter((line) => !line.includes('expected is'))).toEqual(lines);
  });

  it('what a firewall of somebody else does is not held against knobs', async () => {
    const box = '"boxes":[{"place":"firewall","name":"theirs","isReference":false,"command":"./theirs"}]';
    const theirs = (text: string): string =>
      text.replaceAll('"napt":true', '"napt":false').replaceAll('"boxes":[]', box);
    const lines = await changed({ result: theirs, journal: theirs });
    expect(lines.filter((line) => !line.includes('expected is'))).toEqual([]);
  });
});

it('finds what was expected against the knobs', async () => {
  const lines = await changed(everywhere('"expected":"passed"', '"expected":"blocked"'));
  expect(lines).toContain(
    '0/register/aes/1-udp:5060: expected is "blocked" as stored, and "passed" by the knobs of firewall 0',
  );
  expect(await changed(everywhere(/"expected":1(?=[,}])/, '"expected":null'))).toContain(
    '0/register/aes: expected is null as stored, and 1 by the knobs of firewall 0',
  );
});

it.each<[string, RegExp, string, string[]]>([
  [
    'another security of an attempt',
    /"security":"digest"(?=,"verdict":"passed")/,
    '"security":"aka"',
    [
      '0/register/aes/1-udp:5060: step 1 by udp:5060 (pcscf, udp, port 5060, direct, aka) is no rung of register with digest',
    ],
  ],
  [
    'another name of a rung',
    /"via":"udp:5060"(?=[^}]*"verdict":"passed")/,
    '"via":"esp:5060"',
    [
      '0/register/aes/1-udp:5060: by its fields it is the attempt 0/register/aes/1-esp:5060',
      '0/register/aes/1-udp:5060: step 1 by esp:5060 (pcscf, udp, port 5060, direct, digest) is no rung of register with digest',
    ],
  ],
])('finds %s', async (_, from, to, lines) => {
  expect((await changed(everywhere(from, to))).filter((line) => !line.includes('expected is'))).toEqual(
    lines,
  );
});

it('finds a cell of Digest that is to be one of AKA', async () => {
  const change = (text: string): string =>
    text.replaceAll(/"firewall":"0","scenario":"register","suite":"aes","security":"digest"/g, (cellText) =>
      cellText.replace('digest', 'aka'),
    );
  const lines = await changed({ result: change, journal: change });
  expect(lines).toContain('0/register/aes: by its fields it is the cell 0/register/aes/aka');
  expect(lines).toContain(
    '0/register/aes/1-udp:5060: step 1 by udp:5060 (pcscf, udp, port 5060, direct, digest) is no rung of register with aka',
  );
});

it('counts the security associations of which the keys are not there', async () => {
  const copy = join(folder, 'keys');
  cpSync(honest, copy, { recursive: true });
  const withSpis = (text: string): string =>
    text.replace('"stunTransactions":[]', '"stunTransactions":[],"espSpis":["00001001","00002001"]');
  for (const name of ['result.json', 'events.jsonl'])
    writeFileSync(join(copy, name), withSpis(readFileSync(join(copy, name), 'utf8')));
  expect(await check(copy)).toMatchObject({ missingKeys: 2, disagreements: [] });
  const lines = espSaLines(setBetween('10.0.0.2', '10.0.1.1', 0));
  // The set has the SPIs 1000, 1001, 2000 and 2001.
  writeFileSync(join(copy, 'esp_sa'), lines.filter((line) => !line.includes('0x00002001')).join('\n'));
  expect(await check(copy)).toMatchObject({ missingKeys: 1, disagreements: [] });
  expect(await check(join(copy, 'result.json'))).toMatchObject({ missingKeys: 2 });
});
