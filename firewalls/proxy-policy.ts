import { longestIdleSeconds, type Knobs } from './knobs';

/** TCP port at which the web proxies of the lab wait for requests (squid's default). */
export const webProxyPort = 3128;

/** The policy of a firewall's web proxy, as data. */
export interface ProxyPolicy {
  /** TCP port at which it waits for requests. */
  readonly listenPort: number;
  /** Ports that it opens by HTTP CONNECT; it answers 403 for any other. */
  readonly connectPorts: readonly number[];
  /** With `basic` it serves only clients that show credentials (RFC 7617) and answers 407 to the others. */
  readonly authentication: Knobs['proxyAuthentication'];
  /** Says whether it re-signs TLS with a CA of its own instead of passing the bytes through. */
  readonly intercept: boolean;
  /** Seconds without a byte from the server after which it closes a tunnel. */
  readonly idleSeconds: number;
}

/** Returns the policy that the knobs ask of the web proxy; `undefined` if there is no proxy. */
export function proxyPolicy(knobs: Knobs): ProxyPolicy | undefined {
  if (knobs.proxy === 'none') return undefined;
  return {
    listenPort: webProxyPort,
    connectPorts: knobs.connectPorts,
    authentication: knobs.proxyAuthentication,
    intercept: knobs.proxy === 'intercepting',
    idleSeconds: knobs.idle === 'none' ? longestIdleSeconds : knobs.idle,
  };
}
