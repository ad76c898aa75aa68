import { ConnectReplyParser } from '../../ue/dialler/connect-reply';
import { tunnelRefusal } from '../../ue/dialler/connect';
import { printable } from '../../ue/excerpt';
import { AttemptFailure } from '../../ue/failure';
import type { FailureCode } from '../../ue/protocol';

/** Chromium's errors of the network, by the beginnings of their names; the first that fits counts. */
const meanings: readonly (readonly [begin: string, code: FailureCode])[] = [
  ['CERT_COMMON_NAME_INVALID', 'CERTIFICATE_NAME'],
  ['CERT_', 'CERTIFICATE_UNTRUSTED'],
  ['SSL_VERSION_OR_CIPHER_MISMATCH', 'SUITE_NOT_AGREED'],
  ['SSL_', 'TLS_FAILED'],
  ['PROXY_CONNECTION_FAILED', 'PROXY_UNREACHABLE'],
  ['PROXY_AUTH_', 'PROXY_AUTHENTICATION'],
  // The proxy's answer to CONNECT is in the log: see `refusedTunnel`.
  ['TUNNEL_CONNECTION_FAILED', 'UNTOLD'],
  ['CONNECTION_REFUSED', 'CONNECTION_REFUSED'],
  ['CONNECTION_TIMED_OUT', 'TIMEOUT'],
  ['TIMED_OUT', 'TIMEOUT'],
  ['CONNECTION_', 'CONNECTION_LOST'],
  ['ADDRESS_UNREACHABLE', 'UNREACHABLE'],
  ['INTERNET_DISCONNECTED', 'UNREACHABLE'],
  ['NETWORK_ACCESS_DENIED', 'UNREACHABLE'],
];

/**
 * Returns why a WebSocket could not be opened, or was lost.
 * @param text Chromium's own, such as `Error in connection establishment: net::ERR_CONNECTION_REFUSED`
 */
export function netFailure(text: string): AttemptFailure {
  const [, name] = /\bnet::ERR_([A-Z0-9_]+)/.exec(text) ?? [];
  const [, known] = meanings.find(([begin]) => name?.startsWith(begin)) ?? [];
  const code = text === 'Proxy authentication failed' ? 'PROXY_AUTHENTICATION' : known;
  return new AttemptFailure(code ?? 'UNTOLD', `WebSocket: ${printable(text)}`);
}

/**
 * Returns why the proxy opened no tunnel; undefined if its answer does not say that it did not.
 * @param reply the head of its answer
 */
export function refusedTunnel(reply: string, authority: string): AttemptFailure | undefined {
  const read = new ConnectReplyParser().push(Buffer.from(reply, 'latin1'));
  if (read?.kind !== 'reply' || (read.status >= 200 && read.status < 300)) return undefined;
  return tunnelRefusal(read, authority, undefined);
}
