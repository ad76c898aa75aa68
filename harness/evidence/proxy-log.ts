import type { ProxyLogEntry } from '../../nodes/proxy/log-entry';

/**
 * Says whether a proxy refuses by this status: by policy (403) or for missing credentials (407). Other errors are no
 * refusal.
 */
export const isRefusingStatus = (status: number): boolean => status === 403 || status === 407;

/** Says whether the proxy itself refused, see {@link isRefusingStatus}. */
export const isRefusal = ({ isDenied, httpStatus }: ProxyLogEntry): boolean =>
  isDenied && isRefusingStatus(httpStatus);

/**
 * Says whether the proxy terminated the client's TLS with a certificate that it made (squid's modes that
 * decrypt).
 */
export function isBumped({ method, bumpMode }: ProxyLogEntry): boolean {
  return method === 'CONNECT' && ['bump', 'client-first', 'server-first'].includes(bumpMode ?? '');
}
