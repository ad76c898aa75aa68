import { sameEndpoint } from '../../kit/endpoint';
import type { Flow, Identifier } from '../../nodes/ue/protocol';
import type { ProxyLogEntry } from './proxy-log';

/** What is known of an attempt when packets are to be recognised as its own. Times: ms since the epoch. */
export interface AttemptTrace {
  readonly startedAt: number;
  /** Infinity while it runs. */
  readonly endedAt: number;
  readonly flows: readonly Flow[];
  readonly identifiers: readonly Identifier[];
}

/** The proxy of the access network: what its log shows, and what it was asked for. */
export interface ProxyTrace {
  /** Node id. */
  readonly id: string;
  readonly address: string;
  readonly log: readonly ProxyLogEntry[];
  /** Every tunnel that any attempt on the access network asked it for. */
  readonly tunnels: readonly AskedTunnel[];
  /** Addresses of the names that a CONNECT may ask for. */
  readonly names: Readonly<Record<string, string>>;
}

/** A socket over which an attempt asked the proxy for a tunnel. */
export interface AskedTunnel {
  readonly flow: Flow;
  /**
   * When all that was denied until the attempt's end was known, ms since the epoch; Infinity until then. The proxy opens
   * nothing for it any more, so what is denied for the first time later is another's.
   */
  readonly closedAt: number;
}

/** How far outside an attempt's time a packet may lie, in ms. */
export interface Slack {
  /** For clocks read by different programs of one machine. */
  readonly before: number;
  /** For packets that a kernel sends after the UE has given up. */
  readonly after: number;
}

export const defaultSlack: Slack = { before: 50, after: 500 };

/** A log entry carries its end's time, which can lie long after the attempt's end but never before the flow's start. */
export function isOfFlow(entry: ProxyLogEntry, flow: Flow, slack: Slack): boolean {
  return (
    flow.protocol === 'tcp' && sameEndpoint(entry.client, flow.local) && entry.at >= flow.at - slack.before
  );
}
