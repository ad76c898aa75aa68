import { execFileSync } from 'node:child_process';
import { createServer, connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { connect, TLSSocket, type SecureContextOptions } from 'node:tls';
import type { TlsTalk, TlsTimes } from './probe';
import { waysOfWriting, type Way, type WayName } from './ways-of-writing';

/** Both offers for TLS 1.2 have a NULL suite and one that encrypts: what counts is which one the server chooses. */
const suites: Readonly<Record<TlsTalk['suite'], SecureContextOptions>> = {
  null: { ciphers: 'NULL-SHA:AES128-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2' },
  aes: { ciphers: 'AES128-SHA:NULL-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2' },
  // The servers of the lab choose NULL wherever it is offered.
  'aes alone': { ciphers: 'AES128-SHA', maxVersion: 'TLSv1.2' },
  tls13: { minVersion: 'TLSv1.3' },
};

const rest = '\r\nVia: SIP/2.0/TLS ue.example\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n';
const request = `REGISTER sip:ims.example SIP/2.0${rest}`;
const response = `SIP/2.0 200 OK${rest}`;
/** The text of the side that is not to speak SIP. It cannot be taken for SIP. */
const harmless = 'GET / HTTP/1.1\r\nHost: ims.example\r\n\r\n';
const answerBy = 'X-Answer: ';

/** A TCP connection on which TLS is written in segments that the test chooses. */
class Cutter extends Duplex {
  private held: Buffer[] | undefined;

  constructor(private readonly socket: Socket) {
    super();
    socket.setNoDelay(true);
    socket.on('data', (data) => this.push(data));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
  }

  override _read(): void {
    // Nothing is to be done, because the listener for `data` pushes what the socket receives.
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    if (this.held) this.held.push(bytes);
    else this.socket.write(bytes);
    done();
  }

  override _final(done: () => void): void {
    this.socket.end(done);
  }

  /** Writes a text through TLS in this way. */
  async send(tls: TLSSocket, text: string, way: Way): Promise<void> {
    this.held = [];
    const written = way.text?.(text) ?? text;
    // Each part is awaited, because Node makes one record of all that is written while it is busy.
    for (const part of way.records?.(written) ?? [written])
      await new Promise<void>((resolve) => tls.write(part, 'latin1', () => resolve()));
    const bytes = Buffer.concat(this.held);
    this.held = undefined;
    for (const segment of way.segments?.(bytes) ?? [bytes]) {
      this.socket.write(segment);
      await turn();
    }
  }
}

/** Calls back with the received text whenever it holds a whole message, which has only headers. */
function onMessage(tls: TLSSocket, listen: (text: string) => void): void {
  let heard = '';
  tls.on('data', (data: Buffer) => {
    heard += data.toString('latin1');
    if (/\S[^]*\r\n\r\n$/.test(heard)) {
      listen(heard);
      heard = '';
    }
  });
}

/**
 * Listens for TLS. A request that names a way of writing is answered with SIP in that
 * way, any other one harmlessly.
 */
export function listenTls(address: string, port: number): Promise<void> {
  const pem = execFileSync(
    'openssl',
    ['req', '-x509', '-nodes', '-newkey', 'rsa:2048', '-subj', '/CN=server', '-keyout', '-', '-out', '-'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const server = createServer((socket) => {
    const cutter = new Cutter(socket);
    const tls = new TLSSocket(cutter, {
      ...{ isServer: true, key: pem, cert: pem },
      // The client's preference decides.
      honorCipherOrder: false,
      ciphers: 'NULL-SHA:AES128-SHA:TLS_AES_128_GCM_SHA256:@SECLEVEL=0',
    });
    const gone = (): void => void socket.destroy();
    tls.on('error', gone);
    cutter.on('error', gone);
    onMessage(tls, (text) => {
      const way = new RegExp(`${answerBy}(.*)\r\n`).exec(text)?.[1] as WayName | undefined;
      void cutter.send(tls, way ? response : harmless, way ? waysOfWriting[way] : {});
    });
  });
  return new Promise((resolve) => server.listen(port, address, resolve));
}

interface Place {
  readonly ip: string;
  readonly port: number;
}

/** Asks a web proxy for a tunnel. When it resolves, the socket's bytes go through the tunnel. */
function tunnel(socket: Socket, { ip, port }: Place): Promise<void> {
  socket.write(`CONNECT ${ip}:${port} HTTP/1.1\r\nHost: ${ip}:${port}\r\n\r\n`);
  return new Promise((resolve, reject) => {
    let heard = '';
    const listen = (data: Buffer): void => {
      heard += data.toString('latin1');
      if (!heard.includes('\r\n\r\n')) return;
      // No bytes of the tunnel are lost here, because a TLS server waits for the client.
      socket.off('data', listen);
      if (heard.startsWith('HTTP/1.1 200 ')) resolve();
      else reject(new Error(heard));
    };
    socket.on('data', listen).on('error', reject);
  });
}

/** Sends what the talk asks for, and waits for the answer. @returns the answer, or {@link TlsTimes} as JSON */
export async function talkTls(talk: TlsTalk, to: Place, localPort: number): Promise<string> {
  const startedAt = performance.now();
  const next = talk.through ?? to;
  const socket = connectTcp({ host: next.ip, port: next.port, localPort });
  if (talk.through) await tunnel(socket, to);
  return new Promise((resolve, reject) => {
    const cutter = new Cutter(socket);
    const tls = connect({ socket: cutter, rejectUnauthorized: false, ...suites[talk.suite] }, () => {
      const setUp = performance.now() - startedAt;
      const answered =
        talk.rounds === undefined ? say(cutter, tls, talk) : askAgain(cutter, tls, talk.rounds, setUp);
      answered.then(resolve, reject).finally(() => socket.destroy());
    });
    for (const emitter of [socket, cutter, tls]) emitter.on('error', reject);
  });
}

const nextMessage = (tls: TLSSocket): Promise<string> => new Promise((resolve) => onMessage(tls, resolve));

async function say(
  cutter: Cutter,
  tls: TLSSocket,
  { way, speaks, request: said = request }: TlsTalk,
): Promise<string> {
  const answer = nextMessage(tls);
  if (speaks === 'client') await cutter.send(tls, said, waysOfWriting[way]);
  else await cutter.send(tls, harmless.replace('Host', `${answerBy}${way}\r\nHost`), {});
  return answer;
}

async function askAgain(cutter: Cutter, tls: TLSSocket, count: number, setUp: number): Promise<string> {
  const rounds: number[] = [];
  let answered: () => void = () => undefined;
  onMessage(tls, () => answered());
  for (let round = 0; round < count; round++) {
    const answer = new Promise<void>((resolve) => (answered = resolve));
    const startedAt = performance.now();
    await cutter.send(tls, harmless, {});
    await answer;
    rounds.push(performance.now() - startedAt);
  }
  return JSON.stringify({ setUp, rounds } satisfies TlsTimes);
}
