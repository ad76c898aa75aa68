import fc from 'fast-check';
import { seal } from '../../nodes/ipsec/esp-packet';
import { espSaLines } from '../../nodes/ipsec/esp-sa';
import { protocols } from '../../nodes/ipsec/ip-packet';
import { saKeys } from '../../nodes/ipsec/sa-keys';
import { setBetween } from '../../nodes/ipsec/testing/sets';
import { linkTypes } from '../evidence/pcap';
import { coreExchange } from '../evidence/testing/core';
import { icmpError, ipv4, nflog, sipRegister, stun, tcp, u32, udp } from '../evidence/testing/builders';
import type { AttemptResult } from '../judge/result';
import { attempt } from '../report/result-fixture';
import { capture, resultOf, sequenceOf, shown, start, type At } from './testing/run-folder';

const ue = { ip: '10.89.6.2', port: 32768 };
const pcscf = { ip: '198.19.0.10', port: 5060 };
const other = { ip: '192.0.2.7', port: 9 };

const socket = (over: Partial<AttemptResult['sockets'][number]> = {}): AttemptResult['sockets'][number] => ({
  ...{ at: start, protocol: 'udp', local: ue, remote: pcscf },
  ...over,
});
const status = (line: string): string => `SIP/2.0 ${line}\r\nCall-ID: call-1\r\nContent-Length: 0\r\n\r\n`;
const request = (method: string): string =>
  `${method} sip:ue SIP/2.0\r\nCall-ID: call-1\r\nContent-Length: 0\r\n\r\n`;

const registers: At[] = [
  [1, udp(ue, pcscf, sipRegister())],
  [2, udp(pcscf, ue, status('401 Unauthorized'))],
  [3, udp(ue, pcscf, sipRegister({ branch: 'z9hG4bKtwo' }))],
  [4, udp(pcscf, ue, status('200 OK'))],
];

test('SIP over UDP: every message in order, with its text and its packet', async () => {
  const sequence = await sequenceOf(resultOf('6', { sockets: [socket()] }), {
    'captures/6-ue-side.pcap': capture([[0, udp(other, ue, 'before')], ...registers]),
  });
  expect(shown(sequence)).toEqual([
    '0 192.0.2.7 > ue-6: udp data',
    '1 ue-6 > pcscf: udp REGISTER',
    '2 pcscf > ue-6: udp 401 Unauthorized',
    '3 ue-6 > pcscf: udp REGISTER',
    '4 pcscf > ue-6: udp 200 OK',
  ]);
  expect(sequence).toMatchObject({
    leftOut: 0,
    parties: [
      { id: 'ue-6', kind: 'ue' },
      { id: 'fw-6', kind: 'firewall' },
      { id: 'pcscf', kind: 'pcscf' },
      { id: '192.0.2.7', kind: 'other' },
    ],
  });
  expect(sequence.problem).toBeUndefined();
  expect(sequence.arrows[1]).toMatchObject({
    ...{ protocol: 'sip', source: ue, destination: pcscf },
    place: { capture: 'captures/6-ue-side.pcap', frame: 2 },
    text: sipRegister().replaceAll('\r\n', '\n').trimEnd(),
  });
});

/** A REGISTER in two fragments. */
function inFragments(): [Buffer, Buffer] {
  const body = udp(ue, pcscf, `${sipRegister()}${'v'.repeat(64)}`).subarray(20);
  const half = Math.floor(body.length / 16) * 8;
  return [
    ipv4(17, ue.ip, pcscf.ip, body.subarray(0, half), 0x2000),
    ipv4(17, ue.ip, pcscf.ip, body.subarray(half), half / 8),
  ];
}

test('a message in several fragments is shown whole, where its first one is', async () => {
  const [first, rest] = inFragments();
  const sequence = await sequenceOf(resultOf('6', { sockets: [socket()] }), {
    'captures/6-ue-side.pcap': capture([
      [1, first],
      [2, rest],
    ]),
  });
  expect(shown(sequence)).toEqual(['1 ue-6 > pcscf: udp REGISTER']);
  expect(sequence.arrows[0]).toMatchObject({
    text: expect.stringMatching(/^REGISTER [^]*v{64}$/),
    place: { frame: 1 },
  });
});

test('of a message of which a fragment is missing the first is shown, and that there are more', async () => {
  const [first] = inFragments();
  const sequence = await sequenceOf(resultOf('6', { sockets: [socket()] }), {
    'captures/6-ue-side.pcap': capture([[1, first]]),
  });
  expect(shown(sequence)).toEqual(['1 ue-6 > pcscf: udp REGISTER']);
  expect(sequence.arrows[0]!.text).toMatch(/^REGISTER [^]*\n\[the rest is in later fragments\]$/);
});

describe('ESP', () => {
  const set = setBetween(ue.ip, pcscf.ip, 0);
  const port = { ip: ue.ip, port: set.self.clientPort };
  const protectedPcscf = { ip: pcscf.ip, port: set.other.serverPort };
  const register = udp(port, protectedPcscf, sipRegister());
  const spi = set.other.serverSpi.toString(16).padStart(8, '0');
  const inTransport = ipv4(
    protocols.esp,
    ue.ip,
    pcscf.ip,
    seal(saKeys(set), set.other.serverSpi, 1, { payload: register.subarray(20), nextHeader: protocols.udp }),
  );
  const inUdp = udp(
    { ip: ue.ip, port: 4500 },
    { ip: pcscf.ip, port: 4500 },
    seal(saKeys(set), set.other.serverSpi, 2, { payload: register, nextHeader: protocols.ipInIp }),
  );
  const keys = `${espSaLines(set).join('\n')}\n`;
  const result = resultOf('6', {
    sockets: [socket()],
    identifiers: { ...attempt('1 udp:5060', 'passed').identifiers, espSpis: [spi] },
  });
  const packets = capture([
    [1, inTransport],
    [2, inUdp],
  ]);

  test('is opened with the keys of the run: SIP in transport mode, and in tunnel mode in UDP', async () => {
    const sequence = await sequenceOf(result, { 'captures/6-ue-side.pcap': packets, esp_sa: keys });
    expect(shown(sequence)).toEqual([
      '1 ue-6 > pcscf: esp udp REGISTER',
      '2 ue-6 > pcscf: udp esp udp REGISTER',
    ]);
    for (const { protocol, text } of sequence.arrows)
      expect([protocol, text]).toEqual(['sip', sipRegister().replaceAll('\r\n', '\n').trimEnd()]);
  });

  test.each([
    ['without keys', ''],
    ['with the keys of others', keys.replaceAll('"0x0', '"0x1')],
    ['with a file that is none', 'esp_sa'],
  ])('%s it stays closed', async (_, esp_sa) => {
    const sequence = await sequenceOf(result, { 'captures/6-ue-side.pcap': packets, esp_sa });
    expect(shown(sequence)).toEqual([
      `1 ue-6 > pcscf: ESP, SPI 0x${spi}`,
      `2 ue-6 > pcscf: udp ESP in UDP, SPI 0x${spi}`,
    ]);
  });
});

describe('ESP after the end of an attempt', () => {
  const set = setBetween(ue.ip, pcscf.ip, 0, { encryption: 'null' });
  const inEsp = (sequence: number, isOut: boolean, text: string): Buffer => {
    const [here, there] = [
      { ip: ue.ip, port: set.self.serverPort },
      { ip: pcscf.ip, port: set.other.clientPort },
    ];
    const [from, to, spi] = isOut ? [here, there, set.other.clientSpi] : [there, here, set.self.serverSpi];
    const payload = udp(from, to, text).subarray(20);
    const packet = { payload, nextHeader: protocols.udp };
    return ipv4(protocols.esp, from.ip, to.ip, seal(saKeys(set), spi, sequence, packet));
  };
  const result = resultOf('6', {
    sockets: [socket({ protocol: 'esp', local: { ip: ue.ip, port: 0 }, remote: { ip: pcscf.ip, port: 0 } })],
    identifiers: {
      ...attempt('1 udp:5060', 'passed').identifiers,
      espSpis: [set.other.clientSpi, set.self.serverSpi].map((spi) => spi.toString(16).padStart(8, '0')),
    },
  });
  const notify = (sequence: number): Buffer => inEsp(sequence, false, request('NOTIFY'));

  test.each([
    ['what the UE answered was not too late', [[1101, inEsp(1, true, status('200 OK'))]] as At[], 2, 0],
    ['what nobody heard was', [[1101, icmpError(ue.ip, pcscf.ip, 3, 2, notify(1))]] as At[], 0, 2],
  ])('%s', async (_, answers, arrows, leftOut) => {
    const sequence = await sequenceOf(result, {
      'captures/6-ue-side.pcap': capture([[1100, notify(1)], ...answers]),
      esp_sa: `${espSaLines(set).join('\n')}\n`,
    });
    expect(shown(sequence)).toHaveLength(arrows);
    expect(sequence.leftOut).toBe(leftOut);
  });
});

test('packets of other sockets are not shown', async () => {
  const stranger = { ...ue, port: 40000 };
  const sequence = await sequenceOf(resultOf('6', { sockets: [socket()] }), {
    'captures/6-ue-side.pcap': capture([[1, udp(stranger, pcscf, sipRegister())], registers[1]!]),
  });
  expect(shown(sequence)).toEqual(['2 pcscf > ue-6: udp 401 Unauthorized']);
});

const dropOf = (more: object): AttemptResult['evidence'][number] => ({
  ...{ kind: 'drop', firewall: 'fw-6', rule: 'no-udp', statement: 'UDP', decisive: true, chain: 'forward' },
  ...{ at: start + 1, lastAt: start + 600, count: 2, matchedBy: 'five-tuple' },
  ...{ capture: 'captures/6-denied.pcap', frame: 1 },
  packet: {
    ...{ protocol: 'udp', src: ue.ip, sport: ue.port, dst: pcscf.ip, dport: pcscf.port },
    summary: 'SIP REGISTER',
  },
  ...more,
});

const denied = (packets: At[], rule = 'no-udp'): Buffer =>
  capture(
    packets.map(([at, bytes]) => [at, nflog(bytes, { prefix: rule })]),
    linkTypes.nflog,
  );

test('what a firewall denied ends there by its rule; a request that is sent again is one arrow', async () => {
  const register = udp(ue, pcscf, sipRegister());
  const sequence = await sequenceOf(resultOf('6', { sockets: [socket()], evidence: [dropOf({})] }), {
    'captures/6-ue-side.pcap': capture([
      [1, register],
      [501, register],
    ]),
    'captures/6-denied.pcap': denied([
      [1.2, register],
      [501.2, register],
    ]),
  });
  expect(shown(sequence)).toEqual(['1 ue-6 > pcscf: udp REGISTER x2 denied by fw-6 no-udp']);
  expect(sequence.arrows[0]).toMatchObject({
    lastAt: start + 501,
    denied: { at: start + 1.2, place: { capture: 'captures/6-denied.pcap', frame: 1 } },
  });
});

test('what was denied on its way to the UE is no packet of its capture, and is shown all the same', async () => {
  const outside = { ip: '198.19.1.6', port: 40000 };
  const notify = udp(pcscf, outside, request('NOTIFY'));
  const { ip: src, port: sport } = pcscf;
  const packet = { protocol: 'udp', src, sport, dst: outside.ip, dport: outside.port, summary: 'SIP NOTIFY' };
  const sequence = await sequenceOf(
    resultOf('6', {
      sockets: [socket()],
      evidence: [dropOf({ packet, matchedBy: 'sip-call-id', count: 1 })],
    }),
    { 'captures/6-ue-side.pcap': capture(registers), 'captures/6-denied.pcap': denied([[9, notify]]) },
  );
  expect(shown(sequence).at(-1)).toBe(`9 pcscf > ${outside.ip}: udp NOTIFY denied by fw-6 no-udp`);
});

test('of what was denied on the port of ESP in UDP, where all attempts have the same ends, an attempt has its own SPIs', async () => {
  const [from, to] = [
    { ip: pcscf.ip, port: 4500 },
    { ip: ue.ip, port: 4500 },
  ];
  const esp = (spi: number): Buffer => udp(from, to, Buffer.concat([u32(spi), u32(1), Buffer.alloc(40, 7)]));
  const packet = {
    ...{ protocol: 'udp', src: from.ip, sport: from.port, dst: to.ip, dport: to.port },
    summary: 'ESP in UDP, SPI 0x0000a001',
  };
  const result = resultOf('6', {
    sockets: [socket({ local: to, remote: from })],
    identifiers: { ...attempt('1 udp:5060', 'passed').identifiers, espSpis: ['0000a001'] },
    evidence: [dropOf({ packet, matchedBy: 'esp-spi', count: 2 })],
  });
  const sequence = await sequenceOf(result, {
    'captures/6-ue-side.pcap': capture([]),
    'captures/6-denied.pcap': denied([
      [1, esp(0xa001)],
      [2, esp(0xa002)],
      // A NAT-keepalive does not say whose it is (RFC 3948 2.3).
      [3, udp(from, to, Buffer.from([0xff]))],
      [9, esp(0xa001)],
    ]),
  });
  expect(shown(sequence)).toEqual([
    '1 pcscf > ue-6: udp ESP in UDP, SPI 0x0000a001 x2 denied by fw-6 no-udp',
  ]);
});

test('without the capture of the denied packets the evidence tells, and what is missing is said', async () => {
  const sequence = await sequenceOf(
    resultOf('6', { sockets: [socket()], evidence: [dropOf({ count: 1 })] }),
    {
      'captures/6-ue-side.pcap': capture(registers.slice(0, 1)),
    },
  );
  expect(shown(sequence)).toEqual(['1 ue-6 > pcscf: udp REGISTER denied by fw-6 no-udp']);
  expect(sequence.problem).toBe('captures/6-denied.pcap is not there');
});

test('what vanished in a firewall that tells nothing ends there, by a rule that is not known', async () => {
  const { at, lastAt, packet } = dropOf({}) as { at: number; lastAt: number; packet: object };
  const vanished = {
    ...{ kind: 'vanished', firewall: 'fw-6', decisive: true, matchedBy: 'five-tuple', count: 1 },
    ...{ at, lastAt, packet, missingIn: 'captures/6-firewall-outside.pcap' },
    entered: { capture: 'captures/6-firewall-inside.pcap', frame: 5, at },
  } as AttemptResult['evidence'][number];
  const sequence = await sequenceOf(resultOf('6', { sockets: [socket()], evidence: [vanished] }), {
    'captures/6-ue-side.pcap': capture(registers.slice(0, 1)),
  });
  expect(shown(sequence)).toEqual(['1 ue-6 > pcscf: udp REGISTER denied by fw-6 unknown']);
  expect(sequence.arrows[0]!.denied!.place).toEqual(
    vanished.kind === 'vanished' && {
      capture: vanished.entered.capture,
      frame: 5,
    },
  );
});

test('packets of which only the evidence tells are one arrow with their number', async () => {
  const sequence = await sequenceOf(
    resultOf('6', { sockets: [socket()], evidence: [dropOf({ count: 3 })] }),
    {
      'captures/6-ue-side.pcap': capture(registers.slice(1, 2)),
    },
  );
  expect(shown(sequence)).toEqual([
    '1 ue-6 > pcscf: SIP REGISTER x3 denied by fw-6 no-udp',
    '2 pcscf > ue-6: udp 401 Unauthorized',
  ]);
});

test('a request that had no way to the UE is shown from the capture of the core', async () => {
  const frame = (number: number): object => ({ capture: 'captures/core.pcap', frame: number, at: start + 5 });
  const translation = {
    ...{
      kind: 'translation',
      at: start + 6,
      count: 1,
      socket: { protocol: 'udp', local: ue, remote: pcscf },
    },
    ...{ inside: ue, outside: ue },
    request: {
      ...{ method: 'NOTIFY', target: 'sip:ue', callId: 'call-1', answer: '500 No Route To The UE' },
      ...{ asked: frame(3), answered: frame(4) },
    },
  } as unknown as AttemptResult['evidence'][number];
  const sequence = await sequenceOf(resultOf('6', { sockets: [socket()], evidence: [translation] }), {
    'captures/6-ue-side.pcap': capture(registers),
    'captures/core.pcap': capture(coreExchange().map((bytes, index) => [5 + index, bytes])),
  });
  expect(shown(sequence).slice(-2)).toEqual([
    '7 ims-core > pcscf: udp NOTIFY',
    '8 pcscf > ims-core: udp 500 No Route To The UE',
  ]);
});

test('a server that goes on after the end, to a socket at which nobody listens, is left out', async () => {
  const notify = udp(pcscf, ue, request('NOTIFY'));
  const sequence = await sequenceOf(resultOf('6', { sockets: [socket()] }), {
    'captures/6-ue-side.pcap': capture([
      ...registers,
      [1100, udp(ue, pcscf, request('REGISTER'))],
      [1101, udp(pcscf, ue, status('200 OK'))],
      [1500, notify],
      [1501, icmpError(ue.ip, pcscf.ip, 3, 3, notify)],
      [9000, notify],
    ]),
  });
  expect(shown(sequence).slice(-2)).toEqual([
    '1100 ue-6 > pcscf: udp REGISTER',
    '1101 pcscf > ue-6: udp 200 OK',
  ]);
  expect(sequence.leftOut).toBe(3);
});

test('an ICMP error about a packet of the attempt is its own', async () => {
  const sequence = await sequenceOf(resultOf('6', { sockets: [socket()] }), {
    'captures/6-ue-side.pcap': capture([
      registers[0]!,
      [2, icmpError('10.89.6.1', ue.ip, 3, 13, registers[0]![1])],
    ]),
  });
  expect(shown(sequence).at(-1)).toBe(
    '2 fw-6 > ue-6: ICMP destination (code 13) unreachable, about SIP REGISTER',
  );
});

/** RTP (RFC 3550 5.1) of 20 ms of G.711 A-law. */
const rtp = (sequence: number): Buffer =>
  Buffer.concat([Buffer.from([0x80, 8, 0, sequence, 0, 0, 0, sequence, 0, 0, 0, 1]), Buffer.alloc(160)]);

test('packets that come in bulk are one arrow of each kind and way, until something else comes', async () => {
  const media: At[] = Array.from({ length: 40 }, (_, index) => [
    10 + index,
    index % 2 === 0 ? udp(ue, other, rtp(index)) : udp(other, ue, rtp(index)),
  ]);
  const sequence = await sequenceOf(resultOf('6', { sockets: [socket()] }), {
    'captures/6-ue-side.pcap': capture([
      ...media,
      [60, udp(ue, pcscf, request('BYE'))],
      [61, udp(ue, other, rtp(1))],
    ]),
  });
  expect(shown(sequence)).toEqual([
    '10 ue-6 > 192.0.2.7: udp RTP PCMA x20',
    '11 192.0.2.7 > ue-6: udp RTP PCMA x20',
    '60 ue-6 > pcscf: udp BYE',
    '61 ue-6 > 192.0.2.7: udp RTP PCMA',
  ]);
});

test('a check of ICE is told from a question for the own address, and so is what answers it', async () => {
  const [one, two] = ['00'.repeat(12), '11'.repeat(12)];
  const username = Buffer.from('00060003613a6200', 'hex');
  const sequence = await sequenceOf(resultOf('6', { sockets: [socket()] }), {
    'captures/6-ue-side.pcap': capture([
      [1, udp(ue, other, stun(1, one))],
      [2, udp(other, ue, stun(0x101, one))],
      [3, udp(ue, other, stun(1, two, username))],
      [4, udp(other, ue, stun(0x101, two))],
    ]),
  });
  expect(sequence.arrows.map(({ protocol, label }) => `${protocol} ${label}`)).toEqual([
    'stun Binding request',
    'stun Binding success response',
    'ice Binding request',
    'ice Binding success response',
  ]);
});

const tcpSocket = socket({ protocol: 'tcp' });

test('TCP: beginning and end, messages by their length, what is sent again, and no acknowledgements', async () => {
  const [first, second] = [request('REGISTER'), request('SUBSCRIBE')];
  const both = first + second;
  const sequence = await sequenceOf(resultOf('6', { sockets: [tcpSocket] }), {
    'captures/6-ue-side.pcap': capture([
      [1, tcp(ue, pcscf, 'S', 0)],
      [2, tcp(pcscf, ue, 'S.', 0)],
      [3, tcp(ue, pcscf, '.', 1)],
      [4, tcp(ue, pcscf, 'P.', 1, both.slice(0, 20))],
      [5, tcp(ue, pcscf, 'P.', 21, both.slice(20))],
      [206, tcp(ue, pcscf, 'P.', 21, both.slice(20))],
      [207, tcp(pcscf, ue, 'P.', 1, status('200 OK'))],
      [208, tcp(ue, pcscf, 'F.', 1 + both.length)],
      [209, tcp(pcscf, ue, 'R', 90)],
    ]),
  });
  expect(shown(sequence)).toEqual([
    '1 ue-6 > pcscf: SYN',
    '2 pcscf > ue-6: SYN-ACK',
    '4 ue-6 > pcscf: tcp REGISTER',
    '5 ue-6 > pcscf: tcp SUBSCRIBE',
    '206 ue-6 > pcscf: retransmission',
    '207 pcscf > ue-6: tcp 200 OK',
    '208 ue-6 > pcscf: FIN',
    '209 pcscf > ue-6: RST',
  ]);
  expect(sequence.leftOut).toBe(1);
});

test('what is not there or torn is said, with the arrows that there are', async () => {
  const result = resultOf('6', { sockets: [socket()] });
  expect(await sequenceOf(result, {})).toMatchObject({
    arrows: [],
    problem: 'captures/6-ue-side.pcap is not there',
  });
  const whole = capture(registers);
  const torn = await sequenceOf(result, { 'captures/6-ue-side.pcap': whole.subarray(0, whole.length - 3) });
  expect(torn.arrows).toHaveLength(3);
  expect(torn.problem).toMatch(/^captures\/6-ue-side\.pcap: the capture ends inside a record/);
  const none = await sequenceOf(result, { 'captures/6-ue-side.pcap': 'this is no capture at all' });
  expect(none).toMatchObject({
    arrows: [],
    problem: 'captures/6-ue-side.pcap: these bytes do not begin like a pcap capture',
  });
});

test('control characters and what turns the direction of text are visible', async () => {
  const hostile = `REGISTER sip:a SIP/2.0\r\nSubject: \x1b[2J\u202e</script>\r\n\r\n`;
  const sequence = await sequenceOf(resultOf('6', { sockets: [socket()] }), {
    'captures/6-ue-side.pcap': capture([[1, udp(ue, pcscf, hostile)]]),
  });
  expect(sequence.arrows[0]!.text).toBe('REGISTER sip:a SIP/2.0\nSubject: \\u{1b}[2J\\u{202e}</script>');
});

test('a long message is cut, and its label too', async () => {
  const long = `SIP/2.0 200 ${'y'.repeat(6000)}\r\n\r\n`;
  const sequence = await sequenceOf(resultOf('6', { sockets: [socket()] }), {
    'captures/6-ue-side.pcap': capture([[1, udp(ue, pcscf, long)]]),
  });
  const [arrow] = sequence.arrows;
  expect(arrow!.text).toBe(`${long.slice(0, 4096)}\n[${long.length - 4096} more bytes]`);
  expect(arrow!.label).toHaveLength(200);
});

test('whatever the captures hold, nothing is thrown and arrows stay few, in order and visible', async () => {
  const end = fc.constantFrom(ue, pcscf, other, { ip: '10.89.6.3', port: 3128 });
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(
        ...[
          sipRegister(),
          status('200 OK'),
          'MSRP a1b2 SEND\r\n\r\nx\r\n-------a1b2$\r\n',
          'GET / HTTP/1.1\r\n\r\n',
        ],
        ...[
          'CONNECT a:1 HTTP/1.1\r\n\r\n',
          'HTTP/1.1 200 OK\r\n\r\n',
          '\r\n\r\n',
          'MSRP',
          '\x16\x03\x03\x00\x01',
        ],
      )
      .map((text) => Buffer.from(text, 'latin1')),
    fc.constantFrom(1, 0x101, 3, 0x113, 0x0b, 0x10b).map((type) => stun(type, '22'.repeat(12))),
    fc.nat(255).map(rtp),
    fc
      .uint8Array({ minLength: 4, maxLength: 40 })
      .map((bytes) => Buffer.from([0x40, 0, 0, bytes.length, ...bytes])),
  );
  const packet = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.tuple(end, end, content).map(([a, b, bytes]) => udp(a, b, bytes)),
    fc
      .tuple(end, end, fc.constantFrom('S', 'S.', 'P.', 'F.', 'R', '.'), fc.nat(200), content)
      .map(([a, b, flags, seq, bytes]) => tcp(a, b, flags, seq, bytes)),
  );
  const packets = fc.array(fc.tuple(fc.nat(2000), packet), { maxLength: 30 });
  const file = fc.oneof(
    packets.map((list) => capture([...list].sort(([a], [b]) => a - b))),
    packets.map((list) => denied(list)),
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  );
  const result = resultOf('8', {
    sockets: [
      socket(),
      tcpSocket,
      socket({ protocol: 'tcp', remote: { ip: '10.89.8.3', port: 3128 }, connect: 'a:1' }),
    ],
    evidence: [dropOf({})],
  });
  await fc.assert(
    fc.asyncProperty(file, file, file, async (atUe, atFirewall, atProxy) => {
      const sequence = await sequenceOf(result, {
        ...{ 'captures/8-ue-side.pcap': atUe, 'captures/8-denied.pcap': atFirewall },
        'captures/8-proxy.pcap': atProxy,
      });
      expect(sequence.arrows.length).toBeLessThanOrEqual(200);
      const times = sequence.arrows.map(({ at }) => at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      const ids = sequence.parties.map(({ id }) => id);
      for (const { from, to, label, text = '' } of sequence.arrows) {
        expect(ids).toEqual(expect.arrayContaining([from, to]));
        expect(label + text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
      }
    }),
    { numRuns: 150 },
  );
});
