import type { PageArrow, PageAttempt, PageDenial, PageHop, PageMeasurement, PageSequence } from '../data';
import { hasProxy, ruleAgainst, type FixtureRule, type FixtureRung } from './fixture-plan';

interface Tried {
  /** Id of the cell. */
  readonly id: string;
  /** Id of the firewall that it is tried behind. */
  readonly at: string;
  readonly to?: string;
  readonly suite: string;
  readonly rungs: readonly FixtureRung[];
  readonly startedAt: number;
}

/** Returns the attempts of a cell: each rung in its order, up to the first one that gets through and one more. */
export function attemptsOf(tried: Tried): PageAttempt[] {
  let startedAt = tried.startedAt + (hash(tried.id) % 60_000);
  const passing = tried.rungs.findIndex((rung) => ruleAgainst(tried.at, tried.suite, rung) === undefined);
  const climbed = passing < 0 ? tried.rungs : tried.rungs.slice(0, passing + 1);
  return climbed.map((rung) => {
    const attempt = attemptOf(tried, rung, startedAt);
    startedAt += attempt.durationMs + 12.4;
    return attempt;
  });
}

function attemptOf({ id, at, to, suite, rungs }: Tried, rung: FixtureRung, startedAt: number): PageAttempt {
  const rule = ruleAgainst(at, suite, rung);
  const path = pathOf(at, rung);
  const attemptId = `${id}/${rung.step}-${rung.via}`;
  const seed = hash(attemptId);
  const local = 32_768 + (seed % 28_000);
  const remote = rung.server === 'turn' ? '198.19.0.30' : '198.19.0.10';
  const port = Number(rung.via.split(':')[1]);
  const isUdp = rung.via.startsWith('udp');
  const what = !isUdp ? 'TCP SYN' : rung.server === 'turn' ? 'STUN Allocate request' : 'SIP REGISTER';
  const packet = `${what}, ${isUdp ? 'UDP' : 'TCP'} 10.89.3.2:${local} to ${remote}:${port}`;
  const firewall = path.findIndex(({ kind }) => kind === 'firewall');
  const overTls = /^(?:tls|connect)/.test(rung.via) && rule === undefined;
  const wasDropped = rule !== undefined && rule !== 'certificate-refused';
  const durationMs = rule === undefined ? 40 + (seed % 1700) / 10 : 9 + (seed % 300) / 10;
  const denied: PageDenial[] = wasDropped
    ? [
        {
          firewall: `fw-${at}`,
          rule,
          at: startedAt + 3.1,
          packet,
          count: 1 + (seed % 3),
          decoded: decodedOf(packet, local, remote, port, isUdp),
          capture: `captures/${at}-denied.pcap`,
          frame: 1 + (seed % 90),
        },
      ]
    : [];
  return {
    id: attemptId,
    round: 1,
    ...(to === undefined ? {} : { at: to }),
    step: rung.step,
    rung: rung.rung,
    verdict: rule === undefined ? 'passed' : 'blocked',
    expected: rule === undefined ? 'passed' : 'blocked',
    reason: rule === undefined ? 'got through' : `fw-${at} denied ${what} [${rule}]`,
    explanation:
      rule === undefined
        ? `${rung.rung} got through in ${durationMs.toFixed(1)} ms.`
        : `${packet}, dropped at fw-${at} by ${rule} 3 ms after it was sent${next(rungs, rung)}.`,
    ...{ startedAt, durationMs, path },
    endedAt: rule === undefined ? path.length - 1 : firewall,
    sequence: sequenceOf({ path, rung, rule, seed, firewall, at }),
    denied,
    tls: overTls
      ? [
          {
            connection: `10.89.3.2:${local} to ${remote}:443`,
            version: 'TLSv1.2',
            suite: suite === 'null' ? 'TLS_RSA_WITH_NULL_SHA' : 'TLS_RSA_WITH_AES_128_CBC_SHA',
            handshakeEnded: true,
            bytesBeforeHandshakeEnd: 0,
          },
        ]
      : [],
    measurements: rule === undefined ? measurementsOf(id, seed) : [],
    evidence: rule === 'certificate-refused' ? ['the UE refused the certificate "CN=interception CA"'] : [],
    captures: [
      { title: 'at the UE', path: `captures/${at}-ue-side.pcap`, isThere: true },
      { title: 'denied by the firewall', path: `captures/${at}-denied.pcap`, isThere: at !== '7' },
    ],
  };
}

const next = (rungs: readonly FixtureRung[], rung: FixtureRung): string => {
  const after = rungs[rungs.indexOf(rung) + 1];
  return after === undefined ? '' : `; ${after.rung} began 41 ms later`;
};

function pathOf(at: string, { via, server }: FixtureRung): PageHop[] {
  return [
    { id: `ue-${at}`, kind: 'ue' },
    ...(via.startsWith('connect') && hasProxy(at) ? [{ id: `proxy-${at}`, kind: 'proxy' } as const] : []),
    { id: `fw-${at}`, kind: 'firewall' },
    { id: server, kind: server },
    ...(server === 'pcscf' ? [{ id: 'ims-core', kind: 'core' } as const] : []),
  ];
}

function measurementsOf(id: string, seed: number): PageMeasurement[] {
  const register = { name: 'time-to-register', value: 20 + (seed % 600) / 10, unit: 'ms' };
  const call = [
    { name: 'outgoing-mos', value: 4.41, unit: '' },
    { name: 'outgoing-jitter-in-mean', value: (seed % 20) / 10, unit: 'ms' },
    { name: 'outgoing-path', value: 'relay by connect:443 / host udp', unit: '' },
  ];
  const tls = { name: 'tls-setup-full', value: 6 + (seed % 90) / 10, unit: 'ms' };
  return id.includes('/call/') ? [register, tls, ...call] : [register, tls];
}

function decodedOf(packet: string, local: number, remote: string, port: number, isUdp: boolean): string[] {
  const ip = `IPv4, 10.89.3.2 to ${remote}, TTL 63, ${isUdp ? 'UDP' : 'TCP'}`;
  if (!isUdp) return [ip, `TCP, ${local} to ${port}, SYN, seq 0, window 64240, MSS 1460`];
  return packet.startsWith('SIP')
    ? [ip, `UDP, ${local} to ${port}`, ...registerText(local).split('\r\n')]
    : [ip, `UDP, ${local} to ${port}`, 'STUN Allocate request', 'REQUESTED-TRANSPORT: UDP'];
}

function sequenceOf(drawn: {
  readonly path: readonly PageHop[];
  readonly rung: FixtureRung;
  readonly rule: FixtureRule | undefined;
  readonly seed: number;
  readonly firewall: number;
  readonly at: string;
}): PageSequence {
  const { path, rung, rule, seed, firewall, at } = drawn;
  const server = path.findIndex(({ kind }) => kind === 'pcscf' || kind === 'turn');
  const arrows: PageArrow[] = [];
  const draw = (afterMs: number, from: number, to: number, rest: Partial<PageArrow>): void => {
    const count = rest.count ?? 1;
    arrows.push({
      ...{ afterMs, from, to, protocol: 'sip', label: '', carriers: rung.rung, count },
      lastAfterMs: afterMs + (count - 1) * 500,
      capture: `captures/${at}-ue-side.pcap`,
      frame: 10 + (seed % 40) + arrows.length,
      ...rest,
    });
  };
  const isSip = rung.server === 'pcscf';
  const isTls = /^(?:tls|connect)/.test(rung.via);
  const drop = rule === undefined || rule === 'certificate-refused' ? undefined : { by: firewall, rule };
  const first = isSip
    ? { label: 'REGISTER', text: registerText(seed) }
    : { protocol: 'turn', label: 'Allocate request' };
  if (drop !== undefined && !rung.via.startsWith('connect')) {
    const what = isTls ? { protocol: 'tcp', label: 'SYN' } : first;
    draw(0.4, 0, server, { ...what, count: 1 + (seed % 3), denied: drop });
    return { parties: path, arrows, leftOut: 0 };
  }
  let now = 0.4;
  const turn = (from: number, to: number, rest: Partial<PageArrow>): void =>
    draw((now += 0.8 + (seed % 17) / 10), from, to, rest);
  if (rung.via.startsWith('connect')) {
    turn(0, 1, { protocol: 'connect', label: 'CONNECT pcscf.ims.mnc001.mcc001.3gppnetwork.org:443' });
    turn(1, 0, { protocol: 'connect', label: '200 Connection established' });
  }
  if (isTls) {
    turn(0, server, { protocol: 'tls', label: 'ClientHello' });
    turn(server, 0, { protocol: 'tls', label: 'ServerHello, Certificate, ServerHelloDone' });
    if (rule === 'certificate-refused') {
      turn(0, server, { protocol: 'tls', label: 'Alert: unknown_ca' });
      return { parties: path, arrows, leftOut: 2 };
    }
    turn(0, server, { protocol: 'tls', label: 'ClientKeyExchange, Finished' });
    turn(server, 0, { protocol: 'tls', label: 'Finished' });
  }
  turn(0, server, { ...first, ...(drop === undefined ? {} : { denied: drop }) });
  if (drop !== undefined) return { parties: path, arrows, leftOut: 3 };
  if (isSip) {
    turn(server, 0, { label: '401 Unauthorized', text: answerText('401 Unauthorized', seed) });
    turn(0, server, { label: 'REGISTER', text: registerText(seed + 1) });
    turn(server, path.length - 1, { label: 'REGISTER', carriers: 'UDP' });
    turn(path.length - 1, server, { label: '200 OK', carriers: 'UDP' });
    turn(server, 0, { label: '200 OK', text: answerText('200 OK', seed + 1) });
    turn(server, 0, { label: 'NOTIFY', text: answerText('NOTIFY', seed + 2) });
    turn(0, server, { label: '200 OK', text: answerText('200 OK', seed + 2) });
  } else {
    turn(server, 0, { protocol: 'turn', label: 'Allocate error 401' });
    turn(0, server, { protocol: 'turn', label: 'Allocate request' });
    turn(server, 0, { protocol: 'turn', label: 'Allocate success' });
    turn(0, server, { protocol: 'turn', label: 'Send indication', count: 4 });
  }
  return { parties: path, arrows, leftOut: 6 };
}

const registerText = (seed: number): string =>
  [
    'REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0',
    `Via: SIP/2.0/UDP 10.89.3.2:5060;branch=z9hG4bK${hash(`branch ${seed}`)};rport;keep`,
    'Max-Forwards: 70',
    `From: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=${hash(`tag ${seed}`)}`,
    'To: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>',
    `Call-ID: ${hash(`call ${seed}`).toString(36)}${hash(`id ${seed}`).toString(36)}`,
    'CSeq: 1 REGISTER',
    'Contact: <sip:001010000000001@10.89.3.2:5060>;expires=600',
    'Supported: path, gruu',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');

const answerText = (line: string, seed: number): string =>
  registerText(seed).replace(
    /^[^\r]*/,
    line.startsWith('NOTIFY') ? 'NOTIFY sip:ue SIP/2.0' : `SIP/2.0 ${line}`,
  );

/** A number from a text, the same each time (FNV-1a). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ character.charCodeAt(0), 0x01000193);
  return value >>> 0;
}
