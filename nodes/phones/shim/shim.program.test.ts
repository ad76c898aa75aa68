import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { toPcscf } from '../../../ladder/testing/rungs';
import { Attempt } from '../../ue/attempt';
import type { ServerWay } from '../../ue/dialler/dialler';
import { LocalPorts } from '../../ue/dialler/local-ports';
import type { AttemptReport, Endpoint } from '../../ue/protocol';
import { issue, makeCa } from '../../ue/testing/certificates';
import { TestFolder } from '../../ue/testing/folder';
import { openShim, shimsOn, type OpenShim } from './shim';

/** The shims, between a phone that speaks TCP on loopback and real servers there. */

const name = 'pcscf.example';
const folder = new TestFolder();
const ca = makeCa(folder, 'trusted');
const stranger = makeCa(folder, 'stranger');
const own = issue(folder, ca, name);
const ports = new LocalPorts(23_000);
const opened: { close(): unknown }[] = [];

/** What arrived at the servers. */
const heard: string[] = [];
/** The connections of the P-CSCF that are over. */
let over: Promise<unknown>;

afterAll(() => {
  for (const one of opened) one.close();
  folder[Symbol.dispose]();
});

beforeEach(() => void (heard.length = 0));

async function listening(server: Server): Promise<number> {
  opened.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Answers each text with itself and a prefix. */
function echo(socket: Socket, words: string): void {
  over = once(socket, 'close');
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    heard.push(`${words}: ${String(data)}`);
    socket.write(`re: ${String(data)}`);
  });
}

const tlsServer = (): Promise<number> =>
  listening(
    createTlsServer(
      { cert: own.certificate, key: readFileSync(own.keyFile), ciphers: 'ALL:@SECLEVEL=0' },
      (socket: TLSSocket & { servername?: string | false | null }) =>
        echo(socket, `${socket.getCipher().standardName} for ${String(socket.servername)}`),
    ),
  );

/** A web proxy that opens tunnels to loopback, whatever name is asked for, or refuses all. */
const webProxy = (refuses = false): Promise<number> => {
  const proxy = createHttpServer();
  proxy.on('connect', ({ url = '' }, phone: Socket) => {
    heard.push(`CONNECT ${url}`);
    if (refuses) return void phone.end('HTTP/1.1 403 No\r\n\r\n');
    const server = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      phone.write('HTTP/1.1 200 OK\r\n\r\n');
      phone.pipe(server).pipe(phone);
    });
    server.on('error', () => phone.destroy());
    phone.on('error', () => server.destroy());
  });
  return listening(proxy);
};

/** A phone that speaks TCP. @returns what it reads, and how its connection ends */
function phoneTo({ ip, port }: Endpoint) {
  const socket = connect(port, ip);
  socket.on('error', () => undefined);
  opened.push({ close: () => socket.destroy() });
  return {
    closed: once(socket, 'close'),
    close: () => socket.destroy(),
    async ask(text: string): Promise<string> {
      socket.write(text);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      return String(answer);
    },
  };
}

interface Circumstances {
  readonly server: number;
  readonly proxy?: number;
  /** Says whether the phone speaks TLS itself. */
  readonly hasTls?: boolean;
  readonly trustAnchor?: string;
}

/** Makes an attempt with a shim. @returns its report */
function attempted(
  { server, proxy, hasTls = false, trustAnchor = ca.certificate }: Circumstances,
  work: (shim: OpenShim) => Promise<void>,
): Promise<AttemptReport> {
  const rung = toPcscf(3, proxy === undefined ? 'tls:443' : 'connect:443');
  const none = (): void => undefined;
  const listener = { flow: none, identifier: none, keylog: none, espSa: none, note: none };
  const attempt = new Attempt({ attempt: 'a1', ...rung, suite: 'aes' }, listener);
  const way: ServerWay = {
    ...{ transport: 'tls', name, server: { ip: '127.0.0.1', port: server } },
    ...(proxy === undefined ? {} : { proxy: { address: '127.0.0.1', port: proxy } }),
  };
  const access = { address: '127.0.0.1', ports, trustAnchor, timers: { connect: 20_000 } };
  return attempt.run(async () => work(await openShim(shimsOn(way, hasTls), way, access, attempt)));
}

it.each([
  ['tls', false, true, []],
  ['tls', false, false, ['tls']],
  ['tls', true, true, ['connect']],
  ['tls', true, false, ['connect', 'tls']],
  ['udp', false, false, []],
] as const)('over %s, by CONNECT %s, a phone with TLS %s needs %j', (transport, isByProxy, hasTls, shims) => {
  const proxy = isByProxy ? { address: '10.0.0.3', port: 3128 } : undefined;
  expect(shimsOn({ transport, proxy }, hasTls)).toEqual(shims);
});

it('tls: what the phone says in TCP arrives in TLS, with the suite of the attempt and the name of the server', async () => {
  const server = await tlsServer();
  const report = await attempted({ server }, async ({ endpoint }) => {
    expect(await phoneTo(endpoint).ask('OPTIONS')).toBe('re: OPTIONS');
  });
  expect(heard).toEqual([`TLS_RSA_WITH_AES_128_CBC_SHA for ${name}: OPTIONS`]);
  expect(report).toMatchObject({
    ...{ end: 'passed', shims: ['tls'], tls: { suite: 'TLS_RSA_WITH_AES_128_CBC_SHA' } },
    flows: [{ protocol: 'tcp', local: { ip: '127.0.0.1' }, remote: { ip: '127.0.0.1', port: server } }],
  });
});

it('connect and tls: asks the proxy for the tunnel by name, and speaks TLS in it', async () => {
  const [server, proxy] = [await tlsServer(), await webProxy()];
  const report = await attempted({ server, proxy }, async ({ endpoint }) => {
    expect(await phoneTo(endpoint).ask('OPTIONS')).toBe('re: OPTIONS');
  });
  expect(heard).toEqual([`CONNECT ${name}:${server}`, `TLS_RSA_WITH_AES_128_CBC_SHA for ${name}: OPTIONS`]);
  expect(report).toMatchObject({
    ...{ end: 'passed', shims: ['connect', 'tls'] },
    flows: [{ remote: { ip: '127.0.0.1', port: proxy }, connect: `${name}:${server}` }],
  });
});

it('connect: the bytes of a phone that speaks TLS itself go through the tunnel as they are', async () => {
  const server = await listening(createServer((socket) => echo(socket, 'as it came')));
  const proxy = await webProxy();
  const report = await attempted({ server, proxy, hasTls: true }, async ({ endpoint }) => {
    expect(await phoneTo(endpoint).ask('ClientHello')).toBe('re: ClientHello');
  });
  expect(heard).toEqual([`CONNECT ${name}:${server}`, 'as it came: ClientHello']);
  expect(report).toMatchObject({ end: 'passed', shims: ['connect'] });
  expect(report.tls).toBeUndefined();
});

it.each([
  [
    'a certificate that nobody trusts',
    async () => ({ server: await tlsServer(), trustAnchor: stranger.certificate }),
    'CERTIFICATE_UNTRUSTED',
  ],
  ['a proxy that refuses', async () => ({ server: 443, proxy: await webProxy(true) }), 'PROXY_REFUSED'],
  ['a server that is not there', () => Promise.resolve({ server: 1 }), 'CONNECTION_REFUSED'],
])(
  'the attempt fails with what failed behind the shim, and the phone is cut off: %s',
  async (_, make, code) => {
    let closed: Promise<unknown> = Promise.reject(new Error('never connected'));
    closed.catch(() => undefined);
    const report = await attempted(await make(), async ({ endpoint, failed }) => {
      const phone = phoneTo(endpoint);
      ({ closed } = phone);
      await failed;
    });
    await closed;
    expect(report).toMatchObject({ end: 'failed', failure: { code } });
  },
);

it('when the phone hangs up, so does the shim; when the attempt ends, nothing of it is left', async () => {
  const server = await tlsServer();
  let port = 0;
  await attempted({ server }, async ({ endpoint }) => {
    ({ port } = endpoint);
    const phone = phoneTo(endpoint);
    await phone.ask('one');
    phone.close();
    await over;
    await phoneTo(endpoint).ask('two');
  });
  await over;
  const late = connect(port, '127.0.0.1');
  await expect(once(late, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
