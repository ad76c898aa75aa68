import { linkTypes } from '../evidence/pcap';
import { nflog, tcp } from '../evidence/testing/builders';
import type { AttemptResult } from '../judge/result';
import { capture, resultOf, sequenceOf, shown, start, type At } from './testing/run-folder';

const ue = { ip: '10.89.8.2', port: 32768 };
const proxy = { ip: '10.89.8.3', port: 3128 };
const leg = { ip: '10.89.8.3', port: 50000 };
const pcscf = { ip: '198.19.0.10', port: 443 };
const target = 'pcscf.ims.mnc001.mcc001.3gppnetwork.org:443';

const connect = `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`;
const established = 'HTTP/1.1 200 Connection established\r\n\r\n';
/** Long enough to be known again on the other side of the proxy. */
const register = `REGISTER sip:a SIP/2.0\r\nCall-ID: ${'c'.repeat(60)}\r\nContent-Length: 0\r\n\r\n`;
const answer = `SIP/2.0 200 OK\r\nCall-ID: ${'c'.repeat(60)}\r\nContent-Length: 0\r\n\r\n`;

const opening: At[] = [
  [1, tcp(ue, proxy, 'S', 0)],
  [2, tcp(proxy, ue, 'S.', 0)],
  [3, tcp(ue, proxy, 'P.', 1, connect)],
];
const tunnelled: At[] = [
  [6, tcp(proxy, ue, 'P.', 1, established)],
  [7, tcp(ue, proxy, 'P.', 1 + connect.length, register)],
];
const upstream: At[] = [
  [4, tcp(leg, pcscf, 'S', 0)],
  [5, tcp(pcscf, leg, 'S.', 0)],
  [8, tcp(leg, pcscf, 'P.', 1, register)],
];
const attempt: Partial<AttemptResult> = {
  sockets: [{ at: start, protocol: 'tcp', local: ue, remote: proxy, connect: target }],
};

/** The evidence of what a firewall denied to the proxy's connection. */
const dropOf = (summary: string, lastAt: number, count: number): AttemptResult['evidence'][number] => ({
  ...{
    kind: 'drop',
    firewall: 'fw-8',
    rule: 'readable-sip',
    statement: 'SIP',
    decisive: true,
    chain: 'forward',
  },
  ...{ at: start + 4, lastAt: start + lastAt, count, matchedBy: 'connect-leg' },
  servedConnect: { client: ue, target },
  packet: {
    ...{ protocol: 'tcp', src: leg.ip, sport: leg.port, dst: pcscf.ip, dport: pcscf.port },
    summary,
  },
});

const denied = (packets: At[]): Buffer =>
  capture(
    packets.map(([at, bytes]) => [at, nflog(bytes, { prefix: 'readable-sip' })]),
    linkTypes.nflog,
  );

test('a tunnel leads to the server that was asked for, and the proxy opens its own connection', async () => {
  const sequence = await sequenceOf(resultOf('8', attempt), {
    'captures/8-ue-side.pcap': capture([
      ...opening,
      ...tunnelled,
      [10, tcp(proxy, ue, 'P.', 1 + established.length, answer)],
    ]),
    'captures/8-proxy.pcap': capture([...opening, ...upstream, ...tunnelled].sort(([a], [b]) => a - b)),
  });
  expect(shown(sequence)).toEqual([
    '1 ue-8 > proxy-8: SYN',
    '2 proxy-8 > ue-8: SYN-ACK',
    `3 ue-8 > proxy-8: tcp CONNECT ${target}`,
    '4 proxy-8 > pcscf: SYN',
    '5 pcscf > proxy-8: SYN-ACK',
    '6 proxy-8 > ue-8: tcp 200 Connection established',
    '7 ue-8 > pcscf: tcp connect REGISTER',
    '10 pcscf > ue-8: tcp connect 200 OK',
  ]);
  expect(sequence.arrows[2]!.text).toBe(connect.replaceAll('\r\n', '\n').trimEnd());
  expect(sequence.arrows[3]!.place).toEqual({ capture: 'captures/8-proxy.pcap', frame: 4 });
  expect(sequence.problem).toBeUndefined();
});

test('what the proxy passed on and a firewall denied ends there; what the proxy sent again is its own', async () => {
  const [, , passedOn] = upstream;
  const result = resultOf('8', { ...attempt, evidence: [dropOf('SIP REGISTER', 500, 2)] });
  const sequence = await sequenceOf(result, {
    'captures/8-ue-side.pcap': capture([...opening, ...tunnelled]),
    'captures/8-proxy.pcap': capture([...opening, ...upstream, ...tunnelled].sort(([a], [b]) => a - b)),
    'captures/8-denied.pcap': denied([
      [8.2, passedOn![1]],
      [408, passedOn![1]],
    ]),
  });
  expect(shown(sequence).slice(-2)).toEqual([
    '7 ue-8 > pcscf: tcp connect REGISTER denied by fw-8 readable-sip',
    '408 proxy-8 > pcscf: tcp SIP REGISTER denied by fw-8 readable-sip',
  ]);
});

test('a connection that the proxy could not open ends at the firewall', async () => {
  const result = resultOf('8', { ...attempt, evidence: [dropOf('TCP SYN', 1004, 2)] });
  const syns: At[] = [upstream[0]!, [1004, upstream[0]![1]]];
  const sequence = await sequenceOf(result, {
    'captures/8-ue-side.pcap': capture(opening),
    'captures/8-proxy.pcap': capture([...opening, ...syns]),
    'captures/8-denied.pcap': denied(syns),
  });
  expect(shown(sequence).at(-1)).toBe('4 proxy-8 > pcscf: SYN x2 denied by fw-8 readable-sip');
});

test('a tunnel that the proxy answers itself ends at the proxy', async () => {
  const hello = (type: number, fill: number): Buffer =>
    Buffer.concat([Buffer.from([0x16, 3, 3, 0, 80, type, 0, 0, 76, 3, 3]), Buffer.alloc(74, fill)]);
  const [asked, own, others] = [hello(1, 1), hello(2, 2), hello(2, 3)];
  const atUe: At[] = [
    ...opening,
    tunnelled[0]!,
    [7, tcp(ue, proxy, 'P.', 1 + connect.length, asked)],
    [20, tcp(proxy, ue, 'P.', 1 + established.length, own)],
  ];
  const sequence = await sequenceOf(resultOf('8', attempt), {
    'captures/8-ue-side.pcap': capture(atUe),
    'captures/8-proxy.pcap': capture(
      [
        ...atUe,
        ...upstream.slice(0, 2),
        [8, tcp(leg, pcscf, 'P.', 1, hello(1, 4))] as At,
        [9, tcp(pcscf, leg, 'P.', 1, others)] as At,
      ].sort(([a], [b]) => a - b),
    ),
  });
  expect(shown(sequence).slice(-2)).toEqual([
    '7 ue-8 > proxy-8: tcp connect ClientHello',
    '20 proxy-8 > ue-8: tcp connect ServerHello',
  ]);
});

test('without the capture at the proxy its connections are not shown, and that is said', async () => {
  const sequence = await sequenceOf(resultOf('8', attempt), {
    'captures/8-ue-side.pcap': capture([...opening, ...tunnelled]),
  });
  expect(shown(sequence)).toHaveLength(5);
  expect(sequence.problem).toBe('captures/8-proxy.pcap is not there');
});
