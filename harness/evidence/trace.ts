import { sameEndpoint } from '../../kit/endpoint';
import type { ProxyLogEntry } from '../../nodes/proxy/log-entry';
import type { Endpoint, Flow, Identifier } from '../../nodes/ue/protocol';

/** The properties of an attempt by which its packets are recognised. Times are in ms since the epoch. */
export interface AttemptTrace {
  readonly startedAt: number;
  /** Infinity while the attempt runs. */
  readonly endedAt: number;
  readonly flows: readonly Flow[];
  readonly identifiers: readonly Identifier[];
}

/** The proxy of the access network, with its log and the tunnels that it was asked for. */
export interface ProxyTrace {
  /** Node id. */
  readonly id: string;
  readonly address: string;
  readonly log: readonly ProxyLogEntry[];
  /** True if the log is what an observer of the proxy's packets says. */
  readonly isObserved?: boolean;
  /** Every tunnel that any attempt on the access network asked the proxy for. */
  readonly tunnels: readonly AskedTunnel[];
  /** Addresses of the names that a CONNECT may ask for. */
  readonly names: Readonly<Record<string, string>>;
}

/** A socket over which an attempt asked the proxy for a tunnel. */
export interface AskedTunnel {
  readonly flow: Flow;
  /**
   * The time at which every packet denied during the attempt was known, ms since the epoch; Infinity until
   * then. The proxy opens no connection for the tunnel afterwards, so a connection that is first denied later
   * belongs to another tunnel.
   */
  readonly closedAt: number;
}

/** Milliseconds that a packet may lie outside an attempt's time. */
export interface Slack {
  /** Allows for clocks read by different programs of one machine. */
  readonly before: number;
  /** Allows for packets that a kernel sends after the UE has given up. */
  readonly after: number;
}

export const defaultSlack: Slack = { before: 50, after: 500 };

/**
 * Says whether a log entry belongs to a flow. An entry has the time of its end, which can lie long after the
 * attempt's end but never before the flow's start.
 */
export function isOfFlow(entry: ProxyLogEntry, flow: Flow, slack: Slack): boolean {
  return (
    flow.protocol === 'tcp' && sameEndpoint(entry.client, flow.local) && entry.at >= flow.at - slack.before
  );
}

/**
 * Returns the server that the proxy connected to for an entry. A log that does not name it has the authority that the
 * CONNECT asked for.
 */
export function serverOf(
  { server, target }: ProxyLogEntry,
  names: ProxyTrace['names'],
): Endpoint | undefined {
  return server ?? authorityAt(target, names);
}

/** Returns the address and port of an authority, such as `pcscf.example:443`. */
export function authorityAt(authority: string, names: ProxyTrace['names']): Endpoint | undefined {
  const [, host, port] = /^(.+):(\d+)$/.exec(authority) ?? [];
  return host === undefined ? undefined : { ip: names[host] ?? host, port: Number(port) };
}
