import { X509Certificate } from 'node:crypto';
import type { Step } from '../../ladder';
import { rungCalled, toTurn } from '../../ladder/testing/rungs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { AttemptReport, AttemptRequest, UeConfig } from './protocol';
import { makeCa } from './testing/certificates';
import type { TestCertificate } from './testing/certificates';
import { TestFolder } from './testing/folder';
import { freePorts } from './testing/free-ports';
import { TestIms } from './testing/ims';
import { startCoturn, startSquid } from './testing/servers';
import type { TestServer } from './testing/servers';
import { TestUe } from './testing/ue-process';

/** The UE as a program against real servers on loopback, one core for all tests. */

const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
const pcscfName = `pcscf.${domain}`;
const turnName = `turn.${domain}`;
const credentials = { username: 'guest', password: 'sesame' };

let folder: TestFolder;
let ims: TestIms;
let otherCa: TestCertificate;
let config: UeConfig;
let proxyPort = 0;
let authPort = 0;
let interceptorPort = 0;
let closedPort = 0;
const servers: TestServer[] = [];
let peer: TestUe;

beforeAll(async () => {
  folder = new TestFolder();
  otherCa = makeCa(folder, 'interceptor');
  ims = await TestIms.start(['alice']);
  const { pcscf, subscriber, trustAnchor } = ims.configOf('alice');
  const turnCertificate = ims.certificateFor(turnName);
  const [turnPlain = 0, turnTls = 0, ...rest] = await freePorts(7);
  const [echoPort = 0] = rest;
  [, proxyPort = 0, authPort = 0, interceptorPort = 0, closedPort = 0] = rest;
  const turnUser = { username: 'ue', password: 'turn secret', realm: domain };
  servers.push(
    startCoturn(folder, { plain: turnPlain, tls: turnTls, certificate: turnCertificate, ...turnUser }),
  );
  const names = { [pcscfName]: pcscf.address, [turnName]: '127.0.0.1' };
  const allowed = [pcscf.ports.https, turnTls, closedPort];
  for (const [port, extra] of [
    [proxyPort, {}],
    [authPort, { credentials }],
    [interceptorPort, { interception: otherCa }],
  ] as const) {
    const own = new TestFolder();
    folders.push(own);
    servers.push(startSquid(own, { port, allowed, names, ...extra }));
  }
  config = {
    address: '127.0.0.1',
    firstPort: 20_000,
    pcscf,
    turn: {
      name: turnName,
      address: '127.0.0.1',
      ports: { udp: turnPlain, tcp: turnPlain, tls: turnTls, http: turnPlain, https: turnTls },
      username: turnUser.username,
      password: turnUser.password,
    },
    proxy: { address: '127.0.0.1', port: proxyPort },
    subscriber,
    peer: { ip: '127.0.0.1', port: echoPort },
    peerIdentity: 'sip:peer@ims.example',
    trustAnchor,
  };
  peer = new TestUe(folder, { ...config, firstPort: 30_000, echoPort }, 'peer');
  await peer.driver.ready(10_000);
  const withinMs = 20_000;
  const at = (port: number) => ({ ip: '127.0.0.1', port });
  await Promise.all([
    peer.driver.probe({ kind: 'turn-allocate', at: at(turnPlain), withinMs }),
    ...[turnTls, proxyPort, authPort, interceptorPort].map((port) =>
      peer.driver.probe({ kind: 'tcp', at: at(port), withinMs }),
    ),
  ]);
});

const folders: TestFolder[] = [];

afterAll(async () => {
  await peer?.[Symbol.asyncDispose]();
  await ims?.[Symbol.asyncDispose]();
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  for (const each of [folder, ...folders]) each[Symbol.dispose]();
});

let serial = 0;
let firstPort = 20_000;

/** Starts a UE of its own, has it do one thing and ends it. */
async function inUe<T>(change: Partial<UeConfig>, use: (ue: TestUe) => Promise<T>): Promise<T> {
  serial++;
  firstPort += 40;
  await using ue = new TestUe(folder, { ...config, firstPort, ...change }, `ue-${serial}`);
  await ue.driver.ready(10_000);
  return await use(ue);
}

type Suite = AttemptRequest['suite'];

/** Makes a request for an attempt by the rung with this step and name, to the P-CSCF if that has such a rung. */
const rung = (step: Step, via: string, suite: Suite = 'aes'): AttemptRequest => ({
  attempt: `a${++serial}`,
  ...rungCalled(step, via),
  suite,
});

/** Makes a request for an attempt by the rung to the TURN server with this step and name. */
const relayed = (step: Step, via: string, suite: Suite = 'aes'): AttemptRequest => ({
  ...rung(step, via, suite),
  ...toTurn(step, via),
});

const tlsOf = (report: AttemptReport) =>
  report.tls && { version: report.tls.version, suite: report.tls.suite };
const aes = { version: 'TLSv1.2', suite: 'TLS_RSA_WITH_AES_128_CBC_SHA' };

describe('register', () => {
  it.each([
    [1, 'udp:5060', 'aes', undefined],
    [2, 'udp:5060', 'aes', undefined],
    [2, 'tls:5061', 'aes', aes],
    [3, 'tls:443', 'aes', aes],
    [3, 'tls:443', 'null', { version: 'TLSv1.2', suite: 'TLS_RSA_WITH_NULL_SHA' }],
    [3, 'tls:443', 'modern', { version: 'TLSv1.3', suite: 'TLS_AES_256_GCM_SHA384' }],
    [3, 'connect:443', 'aes', aes],
    [3, 'connect:443', 'null', { version: 'TLSv1.2', suite: 'TLS_RSA_WITH_NULL_SHA' }],
  ] as const)('passes step %i by %s with suite %s', async (step, via, suite, tls) => {
    const { report, stderr } = await inUe({}, async (ue) => ({
      report: await ue.driver.attempt('register', rung(step, via, suite)),
      stderr: ue.stderr,
    }));
    expect(report.failure).toBeUndefined();
    expect(report.end).toBe('passed');
    expect(tlsOf(report)).toEqual(tls);
    // There is no note, so the UE has deregistered too.
    expect(stderr).toBe('');
  });
});

describe('relay', () => {
  it.each([
    [2, 'udp:3478', 'aes', undefined],
    [2, 'tcp:3478', 'aes', undefined],
    [2, 'tls:5349', 'aes', aes],
    [3, 'tcp:80', 'aes', undefined],
    [3, 'tls:443', 'null', { version: 'TLSv1.2', suite: 'TLS_RSA_WITH_NULL_SHA' }],
    [3, 'connect:443', 'aes', aes],
  ] as const)('passes step %i by %s with suite %s', async (step, via, suite, tls) => {
    const { report, stderr } = await inUe({}, async (ue) => ({
      report: await ue.driver.attempt('relay', relayed(step, via, suite)),
      stderr: ue.stderr,
    }));
    expect(report.failure).toBeUndefined();
    expect(report.end).toBe('passed');
    expect(tlsOf(report)).toEqual(tls);
    expect(stderr).toBe('');
  });
});

describe('what the UE says of a failure', () => {
  const register = async (change: Partial<UeConfig>, request: AttemptRequest) =>
    inUe(change, (ue) => ue.driver.attempt('register', request));
  const relay = async (change: Partial<UeConfig>, request: AttemptRequest) =>
    inUe(change, (ue) => ue.driver.attempt('relay', request));
  const toPcscf = (ports: Partial<UeConfig['pcscf']['ports']>) => ({
    pcscf: { ...config.pcscf, ports: { ...config.pcscf.ports, ...ports } },
  });

  it('names the issuer when an intercepting proxy re-signs TLS', async () => {
    const proxy = { address: '127.0.0.1', port: interceptorPort };
    const report = await register({ proxy }, rung(3, 'connect:443'));
    expect(report.end).toBe('failed');
    expect(report.failure?.code).toBe('CERTIFICATE_UNTRUSTED');
    expect(report.peerCertificate?.issuer).toBe('O=nimsfw test, CN=interceptor');
    expect(report.peerCertificate?.subject).toContain(`CN=${pcscfName}`);
    // The interceptor makes a new certificate. It depends on squid whether the chain also holds the CA's own.
    const presented = report.peerCertificate?.issuerFingerprint256;
    if (presented !== undefined) {
      expect(presented).toBe(new X509Certificate(otherCa.certificate).fingerprint256);
    }
  });

  it('tells a wrong name from a wrong CA', async () => {
    const report = await register({ pcscf: { ...config.pcscf, name: 'pcscf.example' } }, rung(3, 'tls:443'));
    expect(report.failure).toEqual({
      code: 'CERTIFICATE_NAME',
      text: `the certificate of CN=${pcscfName} does not carry pcscf.example`,
    });
    const strangers = await register({ trustAnchor: otherCa.certificate }, rung(3, 'tls:443'));
    expect(strangers.failure?.code).toBe('CERTIFICATE_UNTRUSTED');
    expect(strangers.peerCertificate?.issuer).toBe('O=nimsfw test, CN=run');
  });

  it('tells the answers of the proxy apart', async () => {
    const through = (port: number, given?: { username: string; password: string }) => ({
      proxy: { address: '127.0.0.1', port, credentials: given },
    });
    const https = config.pcscf.ports.https;
    const nobody = await register(through(authPort), rung(3, 'connect:443'));
    expect(nobody.failure).toEqual({
      code: 'PROXY_AUTHENTICATION',
      text: `CONNECT ${pcscfName}:${https}: the proxy answered 407 Proxy Authentication Required; it asks for Basic, and no credentials are configured`,
    });
    const wrong = await register(
      through(authPort, { ...credentials, password: 'x' }),
      rung(3, 'connect:443'),
    );
    expect(wrong.failure?.code).toBe('PROXY_AUTHENTICATION');
    const guest = await register(through(authPort, credentials), rung(3, 'connect:443'));
    expect(guest.end).toBe('passed');
    const refused = await register(toPcscf({ https: config.pcscf.ports.tls }), rung(3, 'connect:443'));
    expect(refused.failure?.code).toBe('PROXY_REFUSED');
    const badGateway = await register(toPcscf({ https: closedPort }), rung(3, 'connect:443'));
    expect(badGateway.failure?.code).toBe('PROXY_BAD_GATEWAY');
    const absent = await register(through(closedPort), rung(3, 'connect:443'));
    expect(absent.failure).toEqual({
      code: 'PROXY_UNREACHABLE',
      text: `no proxy: TCP connection to 127.0.0.1:${closedPort}: refused`,
    });
  });

  it('says how the registrar refused', async () => {
    const { subscriber } = config;
    const wrong = await register({ subscriber: { ...subscriber, password: 'x' } }, rung(1, 'udp:5060'));
    expect(wrong).toMatchObject({
      end: 'failed',
      failure: { code: 'SIP_REFUSED', text: 'REGISTER was answered with 401 Unauthorized' },
    });
    // The HSS knows no such user (TS 24.229 5.4.1.2.2): without an Authorization the IMPI follows from the IMPU.
    const impu = `sip:stranger@${domain}`;
    const stranger = await register({ subscriber: { ...subscriber, impu } }, rung(3, 'tls:443'));
    expect(stranger.failure).toEqual({
      code: 'SIP_REFUSED',
      text: 'REGISTER was answered with 403 User Unknown',
    });
  });

  it('says how the TURN server refused', async () => {
    const wrong = await relay({ turn: { ...config.turn, password: 'x' } }, relayed(2, 'udp:3478'));
    expect(wrong.end).toBe('failed');
    expect(wrong.failure?.code).toBe('TURN_REFUSED');
    expect(wrong.failure?.text).toMatch(/^Allocate: the TURN server answered 401/);
  });

  it('tells a closed port by TCP and by ICMP', async () => {
    const tcp = await register(toPcscf({ https: closedPort }), rung(3, 'tls:443'));
    expect(tcp.failure).toEqual({
      code: 'CONNECTION_REFUSED',
      text: `TCP connection to ${config.pcscf.address}:${closedPort}: refused`,
    });
    const udp = await register(toPcscf({ udp: closedPort }), rung(1, 'udp:5060'));
    expect(udp.failure).toEqual({
      code: 'UNREACHABLE',
      text: `UDP to ${config.pcscf.address}:${closedPort}: ICMP port unreachable`,
    });
  });

  it('says what it cannot do', async () => {
    const unknown = await register({}, rung(3, 'tcp:80'));
    expect(unknown).toMatchObject({
      end: 'unsupported',
      failure: { code: 'UNSUPPORTED', text: "step 3 by tcp:80 is no rung of this UE's ladder" },
      flows: [],
    });
    const noProxy = await relay({ proxy: undefined }, relayed(3, 'connect:443'));
    expect(noProxy).toMatchObject({ end: 'unsupported', failure: { code: 'NO_PROXY' }, flows: [] });
  });

  it('agrees on what a server without TLS 1.3 has, such as the coturn of Debian 12', async () => {
    const report = await relay({}, relayed(3, 'tls:443', 'modern'));
    expect(report.failure).toBeUndefined();
    expect(report.tls?.suite).toMatch(/AES_\d+_GCM|CHACHA20/);
  });
});

describe('a UE that waits', () => {
  it('ends an abandoned attempt at once and goes on to the next', async () => {
    // This server takes connections and stays silent.
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, config.pcscf.address, resolve));
    const https = (silent.address() as AddressInfo).port;
    try {
      await inUe({ pcscf: { ...config.pcscf, ports: { ...config.pcscf.ports, https } } }, async (ue) => {
        const request = rung(3, 'tls:443');
        const told = new Promise<void>((resolve) => {
          ue.driver.on({ flow: () => resolve() });
        });
        const report = ue.driver.attempt('register', request);
        await told;
        const before = performance.now();
        ue.driver.abandon({ attempt: request.attempt });
        expect(await report).toMatchObject({ end: 'abandoned', failure: { code: 'ABANDONED' } });
        // Without the abandoning, the attempt would wait 130 s for the end of a TLS handshake that nobody answers.
        expect(performance.now() - before).toBeLessThan(10_000);
        const next = await ue.driver.attempt('register', rung(1, 'udp:5060'));
        expect(next.end).toBe('passed');
      });
    } finally {
      silent.close();
    }
  });

  it('answers a probe with what was awaited when the time has passed', async () => {
    await inUe({}, async (ue) => {
      const at = { ip: '127.0.0.1', port: closedPort };
      await expect(ue.driver.probe({ kind: 'sip-options', at, withinMs: 200 })).rejects.toMatchObject({
        code: 'UE_REQUEST',
        message: expect.stringMatching(
          new RegExp(
            `^probe: waited 200 ms for 127.0.0.1:${closedPort} to answer \\(sip-options\\), in vain: `,
          ),
        ) as string,
      });
    });
  });
});

describe('what the UE tells while it works', () => {
  it('names every socket, branch, Call-ID and TLS secret before the report', async () => {
    await inUe({}, async (ue) => {
      const told: string[] = [];
      const events: Record<string, unknown[]> = { flow: [], identifier: [], keylog: [] };
      ue.driver.on({
        flow: (flow) => (told.push('flow'), events.flow?.push(flow)),
        identifier: (identifier) => (told.push(identifier.kind), events.identifier?.push(identifier)),
        keylog: (keyLog) => (told.push('keylog'), events.keylog?.push(keyLog)),
      });
      const request = rung(3, 'connect:443');
      const report = await ue.driver.attempt('register', request);
      expect(events.flow).toEqual(report.flows);
      expect(events.identifier).toEqual(report.identifiers);
      expect(report.flows).toMatchObject([
        {
          attempt: request.attempt,
          protocol: 'tcp',
          local: { ip: '127.0.0.1' },
          remote: { ip: '127.0.0.1', port: proxyPort },
          connect: `${pcscfName}:${config.pcscf.ports.https}`,
        },
      ]);
      // RFC 3261 8.1.1.7: every request has a branch of its own; REGISTER twice (challenged), SUBSCRIBE, and REGISTER
      // twice to end it.
      expect(report.identifiers.filter(({ kind }) => kind === 'sip-branch')).toHaveLength(5);
      expect(report.identifiers.filter(({ kind }) => kind === 'sip-call-id')).toHaveLength(2);
      // The socket is told first, then the handshake ends, and only then SIP begins.
      expect(told.slice(0, 4)).toEqual(['flow', 'keylog', 'keylog', 'sip-branch']);
      // The NSS key log has two lines for a session of TLS 1.2 with RSA key exchange.
      const line = (pattern: RegExp) => ({
        attempt: request.attempt,
        line: expect.stringMatching(pattern) as string,
      });
      expect(events.keylog).toEqual([
        line(/^RSA [0-9a-f]{16} [0-9a-f]{96}$/),
        line(/^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/),
      ]);
    });
  });
});
