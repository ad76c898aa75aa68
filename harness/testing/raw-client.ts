import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';

/**
 * A client for a test that runs inside a node, sends any bytes and prints what came back. `node raw-client.js
 * JSON` prints an {@link Answer} as JSON.
 */
export interface Question {
  readonly transport: 'udp' | 'tls';
  readonly local: { readonly ip: string; readonly port: number };
  readonly remote: { readonly ip: string; readonly port: number };
  /** Text to send when the socket is open, latin1. */
  readonly send: string;
  /** A pattern that ends the wait when the received text matches it, latin1. */
  readonly until: string;
  readonly withinMs: number;
  /** Server name, for `tls`. */
  readonly name?: string;
  readonly ciphers?: string;
  /** UDP only: port of a second socket, whose datagrams are reported as `elsewhere`. */
  readonly alsoListenAt?: number;
}

export interface Answer {
  readonly received: string;
  readonly elsewhere: string;
  readonly cipher?: string;
  readonly protocol?: string | null;
}

/** Prints what came until now, and ends the program. */
function finish(answer: Answer): never {
  process.stdout.write(JSON.stringify(answer));
  process.exit(0);
}

function ask(question: Question): void {
  let received = '';
  let elsewhere = '';
  let facts = {};
  const done = (): never => finish({ received, elsewhere, ...facts });
  const look = (): void => {
    if (new RegExp(question.until).test(received) || new RegExp(question.until).test(elsewhere)) done();
  };
  setTimeout(done, question.withinMs);
  const { local, remote } = question;
  const bytes = Buffer.from(question.send, 'latin1');
  if (question.transport === 'udp') {
    const socket = createSocket('udp4');
    socket.on('message', (data) => {
      received += data.toString('latin1');
      look();
    });
    const send = (): void =>
      void socket.bind(local.port, local.ip, () => socket.send(bytes, remote.port, remote.ip));
    if (question.alsoListenAt === undefined) return send();
    const other = createSocket('udp4');
    other.on('message', (data) => {
      elsewhere += data.toString('latin1');
      look();
    });
    other.bind(question.alsoListenAt, local.ip, send);
    return;
  }
  const version = question.ciphers ? ({ maxVersion: 'TLSv1.2' } as const) : {};
  const socket = connect({
    socket: connectTcp({ host: remote.ip, port: remote.port, localPort: local.port }),
    servername: question.name ?? '',
    ca: readFileSync('trust.pem'),
    ...(question.ciphers ? { ciphers: question.ciphers } : {}),
    ...version,
  });
  socket.once('secureConnect', () => {
    facts = { cipher: socket.getCipher().name, protocol: socket.getProtocol() };
    if (bytes.length > 0) socket.write(bytes);
    look();
  });
  socket.on('data', (data: Buffer) => {
    received += data.toString('latin1');
    look();
  });
  socket.on('error', (error: Error) => {
    received += `error: ${error.message}`;
    done();
  });
}

if (require.main === module) ask(JSON.parse(process.argv[2] ?? '{}') as Question);
