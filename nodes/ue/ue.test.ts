import { createSocket } from 'node:dgram';
import { toPcscf, toTurn } from '../../ladder/testing/rungs';
import type { RemoteInfo } from 'node:dgram';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { AttemptRequest, UeConfig } from './protocol';
import { Ue } from './ue';
import { fakeRegistrar } from './testing/fake-registrar';
import { rfcTimers } from './timers';
import type { UeTimers } from './timers';

/** The UE against faulty servers on loopback. */

/**
 * Timers that are a hundred times shorter, for tests that wait for them. A test that expects something before a
 * timer ends uses the timers of the standards, so that it does not depend on the speed of the machine.
 */
const short: UeTimers = {
  ...rfcTimers,
  sipT1: 5,
  sipAnswer: 1000,
  sipPong: 100,
  sipT2: 40,
  stunRto: 5,
  stunRc: 3,
  stunRm: 4,
  stunTi: 100,
  connect: 200,
  msrpTransaction: 100,
  goodbye: 100,
};

let firstPort = 24_000;
const servers: (() => void)[] = [];

afterEach(() => {
  for (const close of servers.splice(0)) close();
});

/** A TCP server that does something with every connection. */
async function tcpServer(serve: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A UDP server that does something with every datagram. */
async function udpServer(
  serve: (text: string, reply: (text: string) => void) => void,
): Promise<{ port: number; seen: string[] }> {
  const server = createSocket('udp4');
  const seen: string[] = [];
  server.on('message', (data, from: RemoteInfo) => {
    const text = data.toString('latin1');
    seen.push(text);
    serve(text, (reply) => server.send(reply, from.port, from.address));
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  servers.push(() => server.close());
  return { port: server.address().port, seen };
}

function ueTo(
  port: number,
  { timers = rfcTimers, proxyPort }: { timers?: UeTimers; proxyPort?: number } = {},
) {
  firstPort += 20;
  const ports = { udp: port, tcp: port, tls: port, http: port, https: port };
  const config: UeConfig = {
    address: '127.0.0.1',
    firstPort,
    pcscf: { name: 'pcscf.example', address: '127.0.0.1', ports },
    turn: { name: 'turn.example', address: '127.0.0.1', ports, username: 'u', password: 'p' },
    proxy: proxyPort === undefined ? undefined : { address: '127.0.0.1', port: proxyPort },
    subscriber: { domain: 'example', impi: 'a@example', impu: 'sip:a@example', password: 'p' },
    peer: { ip: '127.0.0.1', port: 9 },
    peerIdentity: 'sip:peer@ims.example',
    trustAnchor: '',
  };
  const notes: string[] = [];
  const ignore = (): void => undefined;
  const listener = {
    flow: ignore,
    identifier: ignore,
    keylog: ignore,
    espSa: ignore,
    note: (text: string) => notes.push(text),
  };
  return { ue: new Ue(config, listener, timers), notes };
}

const udpRegistration: AttemptRequest = { attempt: 'a', ...toPcscf(1, 'udp:5060'), suite: 'aes' };
const tlsRegistration: AttemptRequest = { attempt: 'a', ...toPcscf(3, 'tls:443'), suite: 'aes' };
const proxied: AttemptRequest = { attempt: 'a', ...toPcscf(3, 'connect:443'), suite: 'aes' };

/** A response with the request's own headers. @param more further header lines */
function answer(request: string, status: string, more = ''): string {
  const kept = request.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/.test(line));
  return [`SIP/2.0 ${status}`, ...kept, `${more}Content-Length: 0`, '', '']
    .join('\r\n')
    .replace(/^(To:.*)$/m, '$1;tag=x');
}

/** Sockets and timers that are open. */
function resources(): string[] {
  const kinds = ['Timeout', 'UDPWrap', 'TCPSocketWrap', 'TLSWrap'];
  return process
    .getActiveResourcesInfo()
    .filter((kind) => kinds.includes(kind))
    .sort();
}

describe('an attempt that nobody answers', () => {
  it('ends with Timer F over UDP, with retransmissions', async () => {
    const { port, seen } = await udpServer(() => undefined);
    const { ue } = ueTo(port, { timers: short });
    const report = await ue.register(udpRegistration);
    expect(report).toMatchObject({
      end: 'failed',
      failure: {
        code: 'TIMEOUT',
        text: 'no final response to REGISTER within 0.32 s (Timer F of RFC 3261)',
      },
    });
    // Timer E fires at 5, 15, 35, 75 ms and then every 40 ms, but a busy machine may manage only one retransmission.
    expect(seen.length).toBeGreaterThan(1);
    expect(new Set(seen).size).toBe(1);
  });

  it('leaves no socket and no timer behind', async () => {
    const { port } = await udpServer(() => undefined);
    const { ue } = ueTo(port, { timers: short });
    const before = resources();
    // There are many attempts, because the number of jest's own timers varies by one or two.
    const ten = Array.from({ length: 10 }, (_, index) => `a${index}`);
    const reports = ten.flatMap((attempt) => [
      ue.register({ ...udpRegistration, attempt }),
      ue.relay({ attempt: `r${attempt}`, ...toTurn(2, 'udp:3478'), suite: 'aes' }),
    ]);
    await soon('sockets to be opened', () => expect(resources()).not.toEqual(before));
    await Promise.all(reports);
    await soon('nothing to be left behind', () =>
      expect(resources().length).toBeLessThan(before.length + ten.length / 2),
    );
  });

  it.each([
    ['udp:3478', 'no answer to Allocate to 3 transmissions (Rc and Rm of RFC 8489)'],
    ['tcp:3478', 'no answer to Allocate within 0.1 s (Ti of RFC 8489)'],
  ] as const)('ends with the timers of STUN by %s', async (via, text) => {
    const port =
      via === 'udp:3478' ? (await udpServer(() => undefined)).port : await tcpServer(() => undefined);
    const report = await ueTo(port, { timers: short }).ue.relay({
      attempt: 'a',
      ...toTurn(2, via),
      suite: 'aes',
    });
    expect(report).toMatchObject({ end: 'failed', failure: { code: 'TIMEOUT', text } });
  });

  it('ends in time in the TLS handshake', async () => {
    const port = await tcpServer(() => undefined);
    expect((await ueTo(port, { timers: short }).ue.register(tlsRegistration)).failure).toEqual({
      code: 'TIMEOUT',
      text: 'no TLS handshake with pcscf.example within 0.2 s',
    });
  });
});

describe('an attempt that meets nonsense', () => {
  it('says who closed', async () => {
    const port = await tcpServer((socket) => socket.end());
    expect((await ueTo(port).ue.register(tlsRegistration)).failure).toMatchObject({
      code: 'CONNECTION_LOST',
    });
  });

  it('says that TLS is no TLS', async () => {
    const port = await tcpServer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect((await ueTo(port).ue.register(tlsRegistration)).failure).toMatchObject({ code: 'TLS_FAILED' });
  });

  it.each([
    [
      'PROXY_PROTOCOL',
      'CONNECT pcscf.example:9: the reply is not HTTP/1.x: it begins with "SSH-2.0"',
      (socket: Socket) => socket.write('SSH-2.0\r\n'),
    ],
    [
      'PROXY_PROTOCOL',
      'CONNECT pcscf.example:9: the proxy answered 404 Not Found',
      (socket: Socket) => socket.write('HTTP/1.1 404 Not Found\r\n\r\n'),
    ],
    [
      'PROXY_BAD_GATEWAY',
      'CONNECT pcscf.example:9: the proxy answered 502',
      (socket: Socket) => socket.write('HTTP/1.1 502\r\n\r\n'),
    ],
    [
      'CONNECTION_LOST',
      'proxy: closed before it answered CONNECT pcscf.example:9',
      (socket: Socket) => socket.end(),
    ],
  ])('says %s of a proxy: %s', async (code, text, serve) => {
    const port = await tcpServer((socket) => serve(socket));
    const report = await ueTo(9, { proxyPort: port }).ue.register(proxied);
    expect(report.failure).toEqual({ code, text });
  });

  it('gives a proxy up that says nothing', async () => {
    const proxyPort = await tcpServer(() => undefined);
    expect((await ueTo(9, { proxyPort, timers: short }).ue.register(proxied)).failure).toEqual({
      code: 'TIMEOUT',
      text: 'no answer of the proxy to CONNECT pcscf.example:9 within 0.2 s',
    });
  });

  it('is not misled by datagrams that are no SIP', async () => {
    const { port } = await udpServer((request, reply) => {
      for (const text of ['', '\r\n\r\n', 'SIP/2.0 200 OK\r\n\r\n', answer(request, '999 Odd')]) reply(text);
      reply(answer(request, '503 Service Unavailable'));
    });
    expect((await ueTo(port).ue.register(udpRegistration)).failure).toEqual({
      code: 'SIP_REFUSED',
      text: 'REGISTER was answered with 503 Service Unavailable',
    });
  });

  it('tells a 408 from silence', async () => {
    const { port } = await udpServer((request, reply) => reply(answer(request, '408 Request Timeout')));
    expect((await ueTo(port).ue.register(udpRegistration)).failure).toEqual({
      code: 'SIP_REFUSED',
      text: 'REGISTER was answered with 408 Request Timeout',
    });
  });

  it('does not take a 200 without its Contact for a registration', async () => {
    const { port } = await udpServer((request, reply) => reply(answer(request, '200 OK')));
    expect((await ueTo(port).ue.register(udpRegistration)).failure).toEqual({
      code: 'SIP_REFUSED',
      text: "200 OK to REGISTER, without this UE's Contact",
    });
  });
});

describe('taking leave', () => {
  it('does not alter what was reached', async () => {
    const { port } = await udpServer((request, reply) => {
      if (request.includes('\r\nExpires: 0\r\n')) return;
      for (const text of fakeRegistrar(request, { password: 'p' }) ?? []) reply(text);
    });
    const goodbye = 300;
    const { ue, notes } = ueTo(port, { timers: { ...rfcTimers, goodbye } });
    const begunAt = performance.now();
    const report = await ue.register(udpRegistration);
    expect(report.end).toBe('passed');
    // The duration ends when the attempt has passed, and so before the leave, which took all the time that it may.
    expect(report.durationMs).toBeLessThan(performance.now() - begunAt - goodbye + 5);
    expect(notes).toEqual(['a: could not de-register: not done within 300 ms']);
  });
});

describe('abandoning', () => {
  it('ends an attempt at once, and the next may have its name', async () => {
    const { port, seen } = await udpServer(() => undefined);
    const { ue } = ueTo(port);
    const running = ue.register(udpRegistration);
    await expect(ue.register(udpRegistration)).rejects.toThrow('attempt a is running already');
    ue.abandon({ attempt: 'a' });
    const report = await running;
    expect(report).toMatchObject({ end: 'abandoned', failure: { code: 'ABANDONED' } });
    const next = ue.register(udpRegistration);
    await soon('the next to be sent', () => expect(seen).not.toEqual([]));
    ue.abandon({ attempt: 'a' });
    expect((await next).end).toBe('abandoned');
  });
});

/** Tries until the expectation holds. */
async function soon(what: string, expectation: () => void): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      expectation();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`waited 10 s for ${what}: ${String(error)}`);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
