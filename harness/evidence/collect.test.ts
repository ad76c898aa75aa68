import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { AttemptReport, Endpoint, Flow } from '../../nodes/ue/protocol';
import { readCapture, type CaptureContent } from './capture-facts';
import { collectEvidence, type Observed } from './collect';
import { evidence, type Evidence } from './evidence';
import { dropOf, flow, pcscf, proxyEnd, proxyTrace, rules, start, ue } from './testing/attempts';
import { pcap, record, recordAt, sipRegister, tcp, u16, udp } from './testing/builders';

const server = { ip: '198.18.0.10', port: 443 };
const toProxy: Flow = flow({ protocol: 'tcp', remote: proxyEnd, connect: 'pcscf.example:443' });
const direct: Flow = flow({ protocol: 'tcp', remote: server });
const connectHead = 'CONNECT pcscf.example:443 HTTP/1.1\r\n\r\n';
const established = 'HTTP/1.1 200 Connection established\r\n\r\n';

function report(over: Partial<AttemptReport> = {}): AttemptReport {
  return {
    attempt: 'a1',
    startedAt: start,
    durationMs: 2000,
    end: 'failed',
    flows: [toProxy],
    identifiers: [],
    ...over,
  };
}

function logLine(
  status: string,
  over: { at?: number; client?: string; target?: string; rest?: string } = {},
): string {
  const { at = start + 500, client = '10.89.8.2:32768', target = 'pcscf.example:443' } = over;
  const { rest = '198.18.0.10:443 51000 - 39 -/-' } = over;
  return `${(at / 1000).toFixed(3)} ${client} ${status} CONNECT ${target} ${rest}`;
}
const refusal = { rest: '-:- - - 3408 ERR_ACCESS_DENIED/-' };

function collect(over: Partial<Observed>): Evidence[] {
  const items = collectEvidence({ report: report(), drops: [], rule: rules, ...over });
  // Every item must fit the schema of result.json and survive writing and reading.
  expect(z.array(evidence).parse(JSON.parse(JSON.stringify(items)))).toEqual(items);
  return items;
}

type Side = 'ue' | 'other';
/** Makes a capture of one connection: a SYN, then the data of each side, 10 ms apart. */
async function capture(remote: typeof server, ...said: [Side, Buffer | string][]): Promise<CaptureContent> {
  const seq = { ue: 101, other: 501 };
  let at = start + 20;
  const packets = [tcp(ue, remote, 'S', 100), tcp(remote, ue, 'S.', 500)];
  for (const [side, data] of said) {
    const bytes = Buffer.from(data as string);
    packets.push(
      side === 'ue' ? tcp(ue, remote, 'P.', seq.ue, bytes) : tcp(remote, ue, 'P.', seq.other, bytes),
    );
    seq[side] += bytes.length;
  }
  const file = pcap(
    packets.map((packet) => recordAt((at += 10), packet)),
    { linkType: 101 },
  );
  return readCapture(whole(file));
}

async function* whole(file: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(file);
}

/** Returns a server's first flight of TLS 1.2 with a certificate. */
function flight(der: Uint8Array): Buffer {
  const u24 = (value: number): Buffer => Buffer.concat([Buffer.from([value >> 16]), u16(value & 0xffff)]);
  const message = (type: number, body: Buffer): Buffer =>
    Buffer.concat([Buffer.from([type]), u24(body.length), body]);
  const hello = Buffer.concat([
    u16(0x0303),
    Buffer.alloc(32),
    Buffer.from([0]),
    u16(0x002f),
    Buffer.from([0]),
  ]);
  const chain = Buffer.concat([u24(3 + der.length), u24(der.length), der]);
  return record(0x16, Buffer.concat([message(2, hello), message(11, chain)]));
}

test("a drop of the attempt's own packet", () => {
  const own = report({ flows: [flow()] });
  const drops = [dropOf(udp(ue, pcscf, sipRegister())), dropOf(udp({ ...ue, port: 1 }, pcscf, 'x'))];
  expect(collect({ report: own, drops })).toMatchObject([
    { kind: 'drop', rule: 'T3-SIP-UDP', decisive: true, matchedBy: 'five-tuple', count: 1 },
  ]);
});

test("a drop of the proxy's packet says whose CONNECT it served", () => {
  const packet = tcp({ ip: proxyEnd.ip, port: 51000 }, server, 'P.', 1, record(0x17, sipRegister()));
  const items = collect({ drops: [dropOf(packet)], proxy: proxyTrace(logLine('TCP_TUNNEL/200')) });
  expect(items.find(({ kind }) => kind === 'drop')).toMatchObject({
    matchedBy: 'connect-leg',
    servedConnect: { client: ue, target: 'pcscf.example:443' },
    packet: { src: proxyEnd.ip, sport: 51000, summary: 'SIP REGISTER, readable in a TLS record' },
  });
});

describe("the proxy's refusals", () => {
  const refusals = (...lines: string[]): Evidence[] =>
    collect({ proxy: proxyTrace(...lines) }).filter(({ kind }) => kind === 'proxy-refusal');

  test.each([403, 407])('%d', (status) => {
    expect(refusals(logLine(`TCP_DENIED/${status}`, refusal))).toEqual([
      {
        kind: 'proxy-refusal',
        proxy: 'proxy-8',
        at: start + 500,
        client: ue,
        status,
        request: { method: 'CONNECT', target: 'pcscf.example:443' },
      },
    ]);
  });

  test('of others, of other times, and errors that are no refusal, are left out', () => {
    expect(
      refusals(
        logLine('TCP_DENIED/403', { ...refusal, client: '10.89.8.2:32769' }),
        logLine('TCP_DENIED/403', { ...refusal, client: '10.89.8.4:32768' }),
        logLine('TCP_DENIED/403', { ...refusal, at: start - 100 }),
        logLine('TCP_DENIED/403', { ...refusal, at: start + 2600 }),
        logLine('NONE_NONE/503', { rest: '198.18.0.10:443 0 - 0 ERR_CONNECT_FAIL/errno=111' }),
      ),
    ).toEqual([]);
  });
});

describe('a 407 is a challenge', () => {
  const challenge = 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 4\r\n\r\nauth';
  const challenged = logLine('TCP_DENIED/407', refusal);
  const at = start + 900;
  const statuses = (over: Partial<Observed>): unknown[] =>
    collect(over).flatMap((item) => (item.kind === 'proxy-refusal' ? [item.status] : []));

  test.each([
    ['a tunnel', logLine('TCP_TUNNEL/200', { at }), []],
    ['no answer of the server', logLine('NONE_NONE/503', { at, rest: '- 0 - 0 -/-' }), []],
    ['a refusal', logLine('TCP_DENIED/403', { ...refusal, at }), [407, 403]],
    ['a tunnel on another connection', logLine('TCP_TUNNEL/200', { at, client: '10.89.8.2:32769' }), [407]],
  ])('and no refusal if the same connection asked again, by the log; then came %s', (_, line, left) => {
    const two = report({ flows: [toProxy, { ...toProxy, local: { ...ue, port: 32769 } }] });
    expect(statuses({ report: two, proxy: proxyTrace(challenged, line) })).toEqual(left);
  });

  test('a tunnel of a later connection from the same port is another', () => {
    const later: Flow = { ...toProxy, at: start + 700 };
    const proxy = proxyTrace(challenged, logLine('TCP_TUNNEL/200', { at }));
    const tunnels = [toProxy, later].map((one) => ({ flow: one, closedAt: Infinity }));
    expect(statuses({ proxy: { ...proxy, tunnels } })).toEqual([407]);
  });

  test.each([
    ['a tunnel', established, []],
    ['a refusal', 'HTTP/1.1 403 Forbidden\r\n\r\n', [407]],
  ])('by the capture, while the log tells of no tunnel yet; then came %s', async (_, answer, left) => {
    const said: [Side, string][] = [
      ['ue', connectHead],
      ['other', challenge],
      ['ue', connectHead],
      ['other', answer],
    ];
    const content = await capture(proxyEnd, ...said);
    expect(statuses({ proxy: proxyTrace(challenged), capture: { content, name: 'ue-8.pcap' } })).toEqual(
      left,
    );
  });
});

describe('connections', () => {
  const connects = (over: Partial<Observed>): Evidence[] =>
    collect(over).filter(({ kind }) => kind === 'connects');

  test('one CONNECT, one connection to the proxy, one from it', async () => {
    const content = await capture(proxyEnd, ['ue', connectHead], ['other', established]);
    const proxy = proxyTrace(
      logLine('TCP_TUNNEL/200'),
      logLine('TCP_TUNNEL/200', { client: '10.89.8.2:40000' }),
    );
    expect(connects({ proxy, capture: { content, name: 'ue-8.pcap' } })).toEqual([
      {
        kind: 'connects',
        proxyLog: 1,
        captured: 1,
        tcpConnections: 1,
        upstreamConnections: 1,
        established: 1,
      },
    ]);
  });

  test("without a capture the UE's sockets are counted", () => {
    expect(connects({ proxy: proxyTrace(logLine('TCP_DENIED/403', refusal)) })).toEqual([
      { kind: 'connects', proxyLog: 1, tcpConnections: 1, upstreamConnections: 0, established: 0 },
    ]);
  });

  test('a connection that the UE tells of, and of which the capture has nothing, was lost by it', async () => {
    const content = await capture(proxyEnd, ['ue', connectHead], ['other', established]);
    const two = report({ flows: [toProxy, { ...toProxy, local: { ...ue, port: 32769 } }] });
    expect(connects({ report: two, proxy: proxyTrace(), capture: { content, name: 'c' } })).toEqual([
      { kind: 'connects', proxyLog: 0, tcpConnections: 2, upstreamConnections: 0, established: 0 },
    ]);
  });

  test('of a connection whose beginning the capture lost, only that it was there is told', async () => {
    const file = pcap([recordAt(start + 30, tcp(ue, proxyEnd, 'P.', 101, connectHead))], { linkType: 101 });
    const content = await readCapture(whole(file));
    expect(connects({ proxy: proxyTrace(), capture: { content, name: 'c' } })).toEqual([
      { kind: 'connects', proxyLog: 0, tcpConnections: 1, upstreamConnections: 0, established: 0 },
    ]);
  });

  test('a CONNECT that was never answered is not established', () => {
    const gone = logLine('NONE_NONE/000', { rest: '-:- - - 0 ERR_CLIENT_GONE/WITH_CLIENT' });
    expect(connects({ proxy: proxyTrace(gone) })).toMatchObject([{ proxyLog: 1, established: 0 }]);
  });

  test('a connection without a CONNECT shows', async () => {
    const content = await capture(proxyEnd, ['ue', sipRegister()]);
    expect(connects({ proxy: proxyTrace(), capture: { content, name: 'c' } })).toMatchObject([
      { proxyLog: 0, captured: 0, tcpConnections: 1 },
    ]);
  });

  test('an attempt past the proxy has none to tell of', () => {
    expect(connects({ report: report({ flows: [direct] }), proxy: proxyTrace() })).toEqual([]);
  });
});

describe('TLS in the capture', () => {
  const tls = async (to: Endpoint, ...said: [Side, Buffer | string][]): Promise<Evidence[]> =>
    collect({
      report: report({ flows: [{ ...direct, remote: to }] }),
      capture: { content: await capture(to, ...said), name: 'ue-8.pcap' },
    });
  // The port of TURN over plain TCP (TS 33.203 W.3.1.3).
  const plain = { ...server, port: 80 };

  test('SIP on a connection that was to be TLS is early', async () => {
    expect(await tls(server, ['ue', sipRegister()])).toEqual([
      {
        kind: 'tls',
        source: 'capture',
        handshakeEnded: false,
        bytesBeforeHandshakeEnd: sipRegister().length,
        connection: { local: ue, remote: server },
        capture: 'ue-8.pcap',
      },
    ]);
  });

  test('on a connection that was not to be TLS it is nothing to tell', async () => {
    expect(await tls(plain, ['ue', sipRegister()])).toEqual([]);
  });

  test('a connection that never said anything is nothing to tell', async () => {
    expect(await tls(server)).toEqual([]);
  });

  test('where the capture lost a packet, nobody knows what was early', async () => {
    const hello = record(0x16, 'hello');
    const data = tcp(ue, server, 'P.', 101 + hello.length + 1000, record(0x17, 'x'));
    const packets = [tcp(ue, server, 'S', 100), tcp(ue, server, 'P.', 101, hello), data];
    const file = pcap(
      packets.map((packet, i) => recordAt(start + 30 + i, packet)),
      { linkType: 101 },
    );
    const capture = { content: await readCapture(whole(file)), name: 'c' };
    const [tls] = collect({ report: report({ flows: [direct] }), capture });
    expect(tls).toMatchObject({ kind: 'tls', handshakeEnded: false });
    expect(tls).not.toHaveProperty('bytesBeforeHandshakeEnd');
  });

  test('what it lost behind the end of the handshake alters nothing before it', async () => {
    const flight = (bytes: Buffer, seq: number, to: 'ue' | 'server'): Uint8Array =>
      to === 'server' ? tcp(ue, server, 'P.', seq, bytes) : tcp(server, ue, 'P.', seq, bytes);
    const change = record(0x14, Buffer.from([1]));
    // An outline of a TLS 1.2 handshake is enough here: Finished is the record after ChangeCipherSpec (RFC 5246
    // 7.3).
    const finished = Buffer.concat([change, record(0x16, 'finished')]);
    const packets = [
      tcp(ue, server, 'S', 100),
      tcp(server, ue, 'S.', 500),
      flight(finished, 101, 'server'),
      flight(finished, 501, 'ue'),
      // 1000 bytes of the UE are missing here.
      flight(record(0x17, 'x'), 101 + finished.length + 1000, 'server'),
    ];
    const file = pcap(
      packets.map((packet, i) => recordAt(start + 30 + i, packet)),
      { linkType: 101 },
    );
    const capture = { content: await readCapture(whole(file)), name: 'c' };
    const [tls] = collect({ report: report({ flows: [direct] }), capture });
    expect(tls).toMatchObject({ kind: 'tls', handshakeEnded: true, bytesBeforeHandshakeEnd: 0 });
    // Without the SYN, the bytes before the first segment are unknown.
    const late = pcap(
      packets.slice(1).map((packet, i) => recordAt(start + 30 + i, packet)),
      { linkType: 101 },
    );
    const [unknown] = collect({
      report: report({ flows: [direct] }),
      capture: { content: await readCapture(whole(late)), name: 'c' },
    });
    expect(unknown).not.toHaveProperty('bytesBeforeHandshakeEnd');
  });

  test.each([
    ['of another socket', { local: { ...ue, port: 32769 } }],
    ['of another time', { at: start + 1000 }],
  ])("a connection %s is none of the attempt's, and of its own nothing is known", async (_which, other) => {
    const content = await capture(server, ['ue', record(0x16, 'x')]);
    const flow = { ...direct, ...other };
    expect(collect({ report: report({ flows: [flow] }), capture: { content, name: 'c' } })).toEqual([
      {
        kind: 'tls',
        source: 'capture',
        handshakeEnded: false,
        connection: { local: flow.local, remote: flow.remote },
        capture: 'c',
      },
    ]);
  });

  test('of a socket that was not to speak TLS nothing is missed', async () => {
    const content = await capture(server, ['ue', record(0x16, 'x')]);
    const plain = { ...direct, remote: { ...direct.remote, port: 3478 } };
    expect(collect({ report: report({ flows: [plain] }), capture: { content, name: 'c' } })).toEqual([]);
  });
});

describe('a proxy that re-signs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'resigned-'));
  let ca: string;
  let otherCa: string;
  let leaf: X509Certificate;

  beforeAll(() => {
    const openssl = (...args: string[]): void =>
      void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    for (const name of ['ca', 'other']) {
      openssl(
        'req',
        '-x509',
        ...key,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.pem`,
        '-subj',
        '/O=Lab/CN=Proxy CA',
      );
    }
    openssl('req', '-new', ...key, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=pcscf.example');
    openssl(
      'x509',
      '-req',
      '-in',
      'leaf.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      'leaf.pem',
    );
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    [ca, otherCa, leaf] = [read('ca.pem'), read('other.pem'), new X509Certificate(read('leaf.pem'))];
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const bumped = logLine('NONE_NONE/200', {
    rest: '198.18.0.10:443 51000 bump 0 ERR_SECURE_ACCEPT_FAIL/ALERT',
  });
  const resigned = (over: Partial<Observed>): Evidence[] =>
    collect(over).filter(({ kind }) => kind === 'proxy-resigned');
  const shown = async (): Promise<Observed['capture']> => ({
    content: await capture(
      proxyEnd,
      ['ue', connectHead],
      ['other', established],
      ['ue', record(0x16, 'hello')],
      ['other', flight(leaf.raw)],
    ),
    name: 'c',
  });
  const peerCertificate = {
    subject: 'CN=pcscf.example',
    issuer: 'O=Lab\nCN=Proxy CA',
    fingerprint256: 'AA:BB',
  };
  const refused = report({
    failure: { code: 'CERTIFICATE_UNTRUSTED', text: "not signed by the run's CA" },
    peerCertificate,
  });

  test('is shown by its log and by its own signature on the captured certificate', async () => {
    expect(resigned({ proxy: { ...proxyTrace(bumped), ca }, capture: await shown() })).toEqual([
      {
        kind: 'proxy-resigned',
        proxy: 'proxy-8',
        at: start + 500,
        client: ue,
        target: 'pcscf.example:443',
        bumpMode: 'bump',
        issuer: 'O=Lab, CN=Proxy CA',
        subject: 'CN=pcscf.example',
        fingerprint256: leaf.fingerprint256,
        seenIn: 'capture',
        signedByProxyCa: 'by-key',
        accepted: false,
        error: 'ERR_SECURE_ACCEPT_FAIL/ALERT',
      },
    ]);
  });

  test('not by a certificate that another CA of the same name signed', async () => {
    expect(resigned({ proxy: { ...proxyTrace(bumped), ca: otherCa }, capture: await shown() })).toEqual([]);
  });

  test('of a CA that nobody knows, where the proxy was seen to answer the TLS itself', async () => {
    const proxy = { ...proxyTrace(bumped), isObserved: true };
    const capture = await shown();
    for (const known of [{}, { ca: otherCa }])
      expect(resigned({ proxy: { ...proxy, ...known }, capture })).toMatchObject([
        { signedByProxyCa: 'by-substitution', accepted: false },
      ]);
  });

  test('not when the proxy only passed the tunnel on', async () => {
    const spliced = bumped.replace(' bump ', ' splice ');
    expect(resigned({ proxy: { ...proxyTrace(spliced), ca }, capture: await shown() })).toEqual([]);
  });

  test("not when it bumped somebody else's tunnel", async () => {
    const others = bumped.replace(':32768', ':32769');
    expect(resigned({ proxy: { ...proxyTrace(others), ca }, capture: await shown() })).toEqual([]);
  });

  test('where the capture cannot show it (TLS 1.3), by the name that the UE reports', () => {
    const proxy = { ...proxyTrace(bumped), ca };
    expect(resigned({ report: refused, proxy })).toMatchObject([
      {
        seenIn: 'ue',
        signedByProxyCa: 'by-name',
        issuer: 'O=Lab, CN=Proxy CA',
        fingerprint256: 'AA:BB',
        accepted: false,
      },
    ]);
    const went = report({
      tls: { version: 'TLSv1.3', suite: 'TLS_AES_128_GCM_SHA256', peer: peerCertificate },
    });
    expect(resigned({ report: went, proxy })).toMatchObject([{ seenIn: 'ue', accepted: true }]);
    const named = { ...refused, peerCertificate: { ...peerCertificate, issuer: 'CN=Lab CA' } };
    expect(resigned({ report: named, proxy })).toEqual([]);
  });

  test('that the UE refused the certificate is evidence of its own', () => {
    expect(collect({ report: refused })).toEqual([
      {
        kind: 'certificate',
        source: 'ue',
        reason: 'CERTIFICATE_UNTRUSTED',
        text: "not signed by the run's CA",
        certificate: peerCertificate,
      },
    ]);
    expect(collect({ report: report({ failure: { code: 'TIMEOUT', text: 'Timer F' } }) })).toEqual([]);
  });
});
