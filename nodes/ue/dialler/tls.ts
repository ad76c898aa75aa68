import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { CertificateFacts, TlsFacts } from '../attempt';
import { AttemptFailure, systemCode } from '../failure';
import { isAgreed, type Suite } from '../../../ladder';
import { wallClock } from '../timers';

export interface TlsOptions {
  /** FQDN that the certificate must carry as subjectAltName (TS 33.203 Annex O). */
  readonly name: string;
  /** PEM of the only CA that is trusted. */
  readonly trustAnchor: string;
  readonly suite: Suite;
  /** A session of an earlier connection to resume (RFC 5077; RFC 8446 2.2), if there is one. */
  readonly session?: Buffer | undefined;
  /** Takes a session that a later connection can resume. */
  resumable(session: Buffer): void;
  /** Takes lines of the NSS key log. */
  keylog(line: string): void;
  /** Takes the result of the handshake, also if the certificate is then refused. */
  agreed(facts: TlsFacts): void;
}

/**
 * Does the TLS handshake on an open connection and checks the certificate. Nothing but the handshake is sent before it
 * resolves, so no byte of SIP can be sent too early.
 * @throws AttemptFailure `CERTIFICATE_UNTRUSTED`, `CERTIFICATE_NAME`, `SUITE_NOT_AGREED`, `CONNECTION_LOST` or
 *   `TLS_FAILED`
 */
export function secure(socket: Socket, what: string, options: TlsOptions): Promise<TLSSocket> {
  const begunAt = wallClock();
  return new Promise((resolve, reject) => {
    const tls = connect({
      socket,
      servername: options.name,
      ca: options.trustAnchor,
      ciphers: options.suite.ciphers,
      minVersion: options.suite.minVersion,
      maxVersion: options.suite.maxVersion,
      // The result of the check is read below instead, because a refused certificate must also be reported.
      rejectUnauthorized: false,
      ...(options.session ? { session: options.session } : {}),
    });
    tls.on('session', (session: Buffer) => options.resumable(session));
    tls.on('keylog', (line: Buffer) => options.keylog(line.toString('latin1').trim()));
    tls.on('error', (error: Error) => reject(handshakeFailure(what, error)));
    tls.once('close', () =>
      reject(new AttemptFailure('CONNECTION_LOST', `${what}: closed in the TLS handshake`)),
    );
    tls.once('secureConnect', () => {
      const agreedAt = wallClock();
      const peer = certificateFacts(tls.getPeerCertificate(true));
      const suite = tls.getCipher().standardName;
      options.agreed({
        version: tls.getProtocol() ?? 'unknown',
        suite,
        peer,
        begunAt,
        agreedAt,
        resumed: tls.isSessionReused(),
      });
      const refusal = tls.authorized
        ? suiteFailure(what, options.suite, suite)
        : certificateFailure(tls, options.name, peer);
      if (refusal === undefined) {
        resolve(tls);
      } else {
        reject(refusal);
        tls.destroy();
      }
    });
  });
}

function handshakeFailure(what: string, error: Error): AttemptFailure {
  const code = systemCode(error);
  // OpenSSL says "unexpected eof" if the connection ends in the middle of the handshake.
  if (code === 'ECONNRESET' || code === 'EPIPE' || /unexpected eof/i.test(error.message)) {
    return new AttemptFailure('CONNECTION_LOST', `${what}: lost in the TLS handshake`);
  }
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
  return new AttemptFailure('TLS_FAILED', `${what}: the TLS handshake failed: ${reason}`);
}

/** A phone would go on; but what then got through would say nothing about the suite that is measured. */
function suiteFailure(what: string, suite: Suite, agreed: string): AttemptFailure | undefined {
  if (isAgreed(suite, agreed)) return undefined;
  return new AttemptFailure(
    'SUITE_NOT_AGREED',
    `${what}: the server chose ${agreed} of the offer, and ${suite.name} is measured`,
  );
}

function certificateFailure(
  tls: TLSSocket,
  name: string,
  peer: CertificateFacts | undefined,
): AttemptFailure {
  // It is declared as an Error, but Node stores the error's code, a string.
  const reason = String(tls.authorizationError);
  return reason === 'ERR_TLS_CERT_ALTNAME_INVALID'
    ? new AttemptFailure(
        'CERTIFICATE_NAME',
        `the certificate of ${peer?.subject ?? 'nobody'} does not carry ${name}`,
      )
    : new AttemptFailure(
        'CERTIFICATE_UNTRUSTED',
        `the certificate issued by ${peer?.issuer ?? 'nobody'} is not trusted (${reason})`,
      );
}

/** Returns the facts of the certificate that was presented; undefined if none was. */
function certificateFacts(certificate: DetailedPeerCertificate): CertificateFacts | undefined {
  if (Object.keys(certificate).length === 0) return undefined;
  // A self-signed certificate names itself as its issuer.
  const issuer = certificate.issuerCertificate as DetailedPeerCertificate | undefined;
  return {
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    fingerprint256: certificate.fingerprint256,
    issuerFingerprint256: issuer?.fingerprint256,
  };
}

function distinguishedName(name: object): string {
  return Object.entries(name)
    .map(([type, value]) => `${type}=${String(value)}`)
    .join(', ');
}
