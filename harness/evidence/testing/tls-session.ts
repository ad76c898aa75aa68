/**
 * This program runs inside a test's namespace: a TLS server on 127.0.0.1:443, a CONNECT proxy for it on 3128,
 * and clients with different behaviour. It writes `flows` and each client's local port as JSON to stderr, then
 * connects from port 49999.
 */
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, type ConnectionOptions } from 'node:tls';
import { Duplex } from 'node:stream';
import { once } from 'node:events';

const folder = process.env['DIR'] ?? '.';
const key = readFileSync(`${folder}/key.pem`);
const cert = readFileSync(`${folder}/cert.pem`);
const register = 'REGISTER sip:a SIP/2.0\r\nCall-ID: 1\r\n\r\n';

async function main(): Promise<void> {
  // With the curve P-256 only, a client that offers another key first is asked to try again (HelloRetryRequest).
  const ciphers = 'TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA:NULL-SHA:@SECLEVEL=0';
  const server = createTlsServer({ key, cert, ciphers, ecdhCurve: 'P-256' }, (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end('SIP/2.0 200 OK\r\n\r\n'));
  });
  server.on('tlsClientError', () => undefined);
  server.listen(443, '127.0.0.1');
  const proxy = createServer((client) => {
    client.on('error', () => undefined);
    client.once('data', () => {
      const upstream = connect(443, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      upstream.on('error', () => client.destroy());
    });
  }).listen(3128, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(proxy, 'listening')]);

  const tls12 = (ciphers: string): ConnectionOptions => ({
    ciphers: `${ciphers}:@SECLEVEL=0`,
    maxVersion: 'TLSv1.2',
  });
  const ports: Record<string, number> = {
    aes: await polite(await dial(443), tls12('AES128-SHA')),
    null: await polite(await dial(443), tls12('NULL-SHA')),
    modern: await polite(await dial(443), { minVersion: 'TLSv1.3' }),
    retry: await polite(await dial(443), { minVersion: 'TLSv1.3', ecdhCurve: 'X448:P-256' }),
    proxied: await polite(await tunnel(), tls12('AES128-SHA')),
    refused: await refusing(await dial(443), tls12('AES128-SHA')),
    sipFirst: await blurting(await dial(443), Buffer.from(register), 0),
    sipAfterHello: await blurting(await dial(443), Buffer.from(register), 1),
    recordAfterHello: await blurting(await dial(443), Buffer.from('170303000568656c6c6f', 'hex'), 1),
  };
  process.stderr.write(`flows ${JSON.stringify(ports)}\n`);
  // The packets of this connection show the test that the capture holds everything before it.
  const last = connect({ port: 443, host: '127.0.0.1', localPort: 49999 });
  await once(last, 'connect');
  last.destroy();
  server.close();
  proxy.close();
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

async function tunnel(): Promise<Socket> {
  const socket = await dial(3128);
  socket.write('CONNECT pcscf.example:443 HTTP/1.1\r\nHost: pcscf.example:443\r\n\r\n');
  await once(socket, 'data');
  return socket;
}

function portOf(socket: Socket): number {
  return (socket.address() as AddressInfo).port;
}

/** A client that speaks SIP after the handshake. */
async function polite(socket: Socket, options: ConnectionOptions): Promise<number> {
  const port = portOf(socket);
  const tls = connectTls({ ...options, socket, rejectUnauthorized: false });
  await once(tls, 'secureConnect');
  tls.write(register);
  tls.resume();
  await once(tls, 'close');
  return port;
}

/** A client that does not trust the certificate, like a UE behind an intercepting proxy. */
async function refusing(socket: Socket, options: ConnectionOptions): Promise<number> {
  const port = portOf(socket);
  const tls = connectTls({ ...options, socket });
  await once(tls, 'error');
  await closed(socket);
  return port;
}

/**
 * A client that sends other bytes before the handshake's packet number `before` (0 is the ClientHello), then
 * goes on.
 */
async function blurting(socket: Socket, early: Buffer, before: number): Promise<number> {
  const port = portOf(socket);
  let packet = 0;
  const wire = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, callback) => {
      const bytes =
        before === 0 && packet === 0 ? [early, chunk] : packet + 1 === before ? [chunk, early] : [chunk];
      packet++;
      socket.write(Buffer.concat(bytes), callback);
    },
  });
  socket.on('data', (chunk) => wire.push(chunk));
  socket.on('close', () => wire.push(null));
  socket.on('error', () => undefined);
  const tls = connectTls({ socket: wire, rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
  tls.on('error', () => socket.destroy());
  await closed(socket);
  return port;
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close');
}

void main();
