import { X509Certificate } from 'node:crypto';
import type { CertificateFacts } from '../../ue/attempt';

/** What Chromium's log of its network tells of a connection, and nothing else of Chromium does. */
export interface NetFacts {
  /** The certificate of the server, if a handshake came that far. In TLS 1.3 no capture shows it. */
  readonly certificate?: CertificateFacts;
  /** The head of the proxy's latest answer to CONNECT. */
  readonly tunnelReply?: string;
}

/**
 * Reads a log that Chromium has written (`--log-net-log`): the numbers of its events on the first line, and an event on each
 * of the others. What cannot be read is left out, since a browser that was killed may not have written it to the end.
 */
export function readNetLog(text: string): NetFacts {
  const [first = '', ...lines] = text.split('\n');
  const numbers = numbersIn(first);
  const facts: { -readonly [K in keyof NetFacts]: NetFacts[K] } = {};
  for (const line of lines) {
    const { type, params } = objectIn(line);
    const texts = (of: string): string[] => (Array.isArray(params?.[of]) ? params[of].map(String) : []);
    if (type === undefined) continue;
    if (type === numbers.SSL_CERTIFICATES_RECEIVED) facts.certificate ??= factsOf(texts('certificates'));
    if (type === numbers.HTTP_TRANSACTION_READ_TUNNEL_RESPONSE_HEADERS)
      facts.tunnelReply = `${texts('headers').join('\r\n')}\r\n\r\n`;
  }
  return facts;
}

interface LogLine {
  readonly type?: number;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Returns the numbers of the types of events, by name. */
function numbersIn(line: string): Readonly<Record<string, number | undefined>> {
  const { constants } = objectIn(`${line.replace(/,$/, '')}}`) as {
    constants?: { logEventTypes?: Record<string, number> };
  };
  return constants?.logEventTypes ?? {};
}

function objectIn(line: string): LogLine {
  try {
    return Object(JSON.parse(line.replace(/(?:,|\],)$/, ''))) as LogLine;
  } catch {
    return {};
  }
}

/** @param chain PEM, the server's own certificate first */
function factsOf([own, issuer]: readonly string[]): CertificateFacts | undefined {
  try {
    const { subject, issuer: issuedBy, fingerprint256 } = new X509Certificate(own ?? '');
    const oneLine = (name: string): string => name.split('\n').join(', ');
    return {
      ...{ subject: oneLine(subject), issuer: oneLine(issuedBy), fingerprint256 },
      ...(issuer !== undefined && { issuerFingerprint256: new X509Certificate(issuer).fingerprint256 }),
    };
  } catch {
    return undefined; // not a certificate, of which there is nothing to tell
  }
}
