import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Deferred } from '../../../kit/deferred';
import { AttemptFailure, messageOf } from '../failure';
import { DtlsReport, type DtlsKeys } from './dtls-report';

/** This end's certificate, which signs itself, for every session of the process (RFC 8827 6.5). */
export interface DtlsIdentity {
  /** Open files with the certificate and its key, PEM. They have no names, so that nothing is left of them. */
  readonly certificate: number;
  readonly key: number;
  /** SHA-256 of the certificate, as `AB:CD:...`. */
  readonly fingerprint: string;
}

let identity: Promise<DtlsIdentity> | undefined;

/** Returns this end's certificate; the first call makes it. */
export function dtlsIdentity(): Promise<DtlsIdentity> {
  identity ??= makeIdentity();
  return identity;
}

async function makeIdentity(): Promise<DtlsIdentity> {
  const folder = mkdtempSync(join(process.cwd(), 'dtls-'));
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  try {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
    const certificate = ['-subj', '/CN=nimsfw-lab', '-days', '30', '-out', certificateFile];
    await promisify(execFile)('openssl', ['req', '-x509', ...key, ...certificate]);
    const { fingerprint256 } = new X509Certificate(readFileSync(certificateFile));
    return {
      certificate: openSync(certificateFile, 'r'),
      key: openSync(keyFile, 'r'),
      fingerprint: fingerprint256,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Says whether a datagram is DTLS, and neither STUN nor RTP (RFC 7983 7). */
export const isDtls = (datagram: Buffer): boolean => datagram[0]! >= 20 && datagram[0]! <= 63;

export interface DtlsOptions {
  /** `client` is who is `active` in SDP (RFC 8842). */
  readonly role: 'client' | 'server';
  readonly identity: DtlsIdentity;
  /** SHA-256 of the other end's certificate, which its description has. */
  readonly fingerprint: string;
  /** Sends a datagram to the other end. */
  send(datagram: Buffer): void;
}

/** What OpenSSL is asked for: one handshake of DTLS 1.2, in datagrams that every way takes, and the keys of SRTP. */
const common: readonly string[] = [
  ...['-dtls1_2', '-mtu', '1200', '-use_srtp', 'SRTP_AES128_CM_SHA1_80'],
  ...['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', '60'],
];

/**
 * A handshake of DTLS that gives both ends the keys of SRTP (RFC 5764), as WebRTC demands it. Node has no DTLS; the command
 * `openssl`, which the lab needs anyway, has, and speaks it over a socket on loopback. Its datagrams travel with the media.
 */
export class DtlsSrtp {
  private readonly found = new Deferred<DtlsKeys>();
  private readonly waiting: Buffer[] = [];
  private socket: Socket | undefined;
  private process: ChildProcess | undefined;
  private port: number | undefined;
  private over = false;

  constructor(private readonly options: DtlsOptions) {}

  /**
   * Shakes hands, and resolves with the keys. Call it once.
   * @throws AttemptFailure `TLS_FAILED` if there is no handshake, or the certificate is another one than was described
   */
  async handshake(): Promise<DtlsKeys> {
    const socket = createSocket('udp4');
    this.socket = socket;
    socket.on('error', (error) => this.fail(messageOf(error)));
    socket.on('message', (datagram, { port }) => {
      this.port ??= port;
      this.options.send(datagram);
      this.passOn();
    });
    socket.bind(0, '127.0.0.1');
    await Promise.race([once(socket, 'listening'), this.found.promise]);
    if (!this.over) this.start(socket.address().port);
    return this.found.promise;
  }

  /** Takes a datagram of the other end. */
  take(datagram: Buffer): void {
    this.waiting.push(datagram);
    this.passOn();
  }

  /** Ends it. */
  close(): void {
    if (this.over) return;
    this.over = true;
    this.found.reject(new AttemptFailure('ABANDONED', 'the session has ended'));
    this.process?.kill('SIGKILL');
    this.socket?.close();
  }

  private start(port: number): void {
    const { role, identity, fingerprint } = this.options;
    const own = ['-cert', '/dev/fd/3', '-key', '/dev/fd/4'];
    const as =
      role === 'client'
        ? ['s_client', '-connect', `127.0.0.1:${port}`]
        : ['s_server', '-accept', '127.0.0.1:0', '-naccept', '1', '-verify', '1'];
    // It ends when its input does, which stays open.
    const child = spawn('openssl', [...as, ...own, ...common], {
      stdio: ['pipe', 'pipe', 'ignore', identity.certificate, identity.key],
    });
    this.process = child;
    const report = new DtlsReport(role, fingerprint);
    createInterface({ input: child.stdout! }).on('line', (line) => {
      try {
        const keys = report.take(line);
        if (keys) this.found.resolve(keys);
      } catch (error) {
        this.fail(messageOf(error));
      }
      if (report.port === undefined) return;
      this.port = report.port;
      this.passOn();
    });
    child.stdin!.on('error', () => undefined);
    child.once('error', (error) => this.fail(messageOf(error)));
    child.once('close', () => this.fail('OpenSSL ended without keys'));
  }

  private passOn(): void {
    if (this.over || this.port === undefined) return;
    for (const datagram of this.waiting.splice(0))
      this.socket?.send(datagram, this.port, '127.0.0.1', () => undefined);
  }

  private fail(why: string): void {
    this.found.reject(new AttemptFailure('TLS_FAILED', `DTLS: ${why}`));
  }
}
