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
  // Of an answer to CONNECT that is no 200 it tells nothing more.
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
  const [, code] = meanings.find(([begin]) => name?.startsWith(begin)) ?? [];
  return new AttemptFailure(code ?? 'UNTOLD', `WebSocket: ${printable(text)}`);
}
