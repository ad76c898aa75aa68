import type { ProxyLogEntry } from '../../nodes/proxy/log-entry';

/**
 * Says whether the proxy refused, by policy (403) or for missing credentials (407). Other errors are no
 * refusal.
 */
export function isRefusal({ isDenied, httpStatus }: ProxyLogEntry): boolean {
  return isDenied && (httpStatus === 403 || httpStatus === 407);
}

/**
 * Says whether the proxy terminated the client's TLS with a certificate that it made (squid's modes that
 * decrypt).
 */
export function isBumped({ method, bumpMode }: ProxyLogEntry): boolean {
  return method === 'CONNECT' && ['bump', 'client-first', 'server-first'].includes(bumpMode ?? '');
}
