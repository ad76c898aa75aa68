import { longestIdleSeconds, type Knobs } from './knobs';

/** Where web proxies of the lab wait for requests (squid's default). */
export const webProxyPort = 3128;

/** What a firewall's web proxy does, as data. */
export interface ProxyPolicy {
  /** TCP port at which it waits for requests. */
  readonly listenPort: number;
  /** Ports that it opens by HTTP CONNECT; it answers 403 for any other. */
  readonly connectPorts: readonly number[];
  /** Whether it serves only who shows credentials (RFC 7617: Basic); it answers 407 to others. */
  readonly authentication: Knobs['proxyAuthentication'];
  /** Whether it re-signs TLS with a CA of its own instead of passing the bytes through. */
  readonly intercept: boolean;
  /** After how many seconds without a byte from the server it closes a tunnel. */
  readonly idleSeconds: number;
}

/** The policy that the knobs ask of the web proxy; `undefined` where there is none. */
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
