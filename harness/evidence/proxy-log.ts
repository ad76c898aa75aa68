import type { Endpoint } from '../../nodes/ue/protocol';

/*
 * The proxy's access log, in the format that `nodes/proxy` sets for squid (`proxyLogFormat`).
 * Tried with squid 5.7: squid writes a tunnel's line when the tunnel ends. Where it bumps TLS, it writes the
 * CONNECT's line at the handshake, and a line for each request inside, with the same client port.
 */

/** One transaction of the proxy. */
export interface ProxyLogEntry {
  /** Time of its end, milliseconds since the epoch. */
  readonly at: number;
  readonly client: Endpoint;
  /** Squid's own result, e.g. `TCP_TUNNEL`, `TCP_DENIED`, `NONE_NONE`. */
  readonly squidStatus: string;
  /** Status sent to the client; 0 when none was. */
  readonly httpStatus: number;
  /** Missing when no request could be read. */
  readonly method: string | undefined;
  /** The authority of a CONNECT, the URL of another request, or squid's `error:...`. */
  readonly target: string;
  /** The server that the proxy connected to, or tried to. */
  readonly server: Endpoint | undefined;
  /** Local port of the proxy's connection to the server; missing when it was not established. */
  readonly localPort: number | undefined;
  /**
   * The proxy's treatment of TLS in a tunnel: `splice`, `bump`...; missing when the proxy does not look into
   * it.
   */
  readonly bumpMode: string | undefined;
  /** Squid's error and its detail, e.g. `ERR_CONNECT_FAIL/errno=111`. */
  readonly error: string | undefined;
}

/** A line that does not have the format. */
export interface ProxyLogProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
}

/**
 * Parses the whole log. It ignores a last line without a line feed, which the proxy is still writing, and
 * returns lines without the format as problems.
 */
export function parseProxyLog(text: string): { entries: ProxyLogEntry[]; problems: ProxyLogProblem[] } {
  const entries: ProxyLogEntry[] = [];
  const problems: ProxyLogProblem[] = [];
  const lines = text.split('\n');
  lines.pop();
  lines.forEach((line, index) => {
    const entry = parseProxyLogLine(line);
    if (entry) entries.push(entry);
    else if (line.trim() !== '') problems.push({ line: index + 1, text: line });
  });
  return { entries, problems };
}

/** Parses one line; returns undefined when it does not have the format. */
export function parseProxyLogLine(line: string): ProxyLogEntry | undefined {
  const fields = line.trim().split(/\s+/);
  const [ended, from, status, method] = fields;
  // The target is found from both sides: it is the client's text, and the only field that could hold blanks.
  const [to, localPort, bumpMode, sent, error] = fields.slice(-5);
  const target = fields.slice(4, -5).join(' ');
  const at = /^\d{1,12}\.\d{3}$/.test(ended ?? '') ? Math.round(Number(ended) * 1000) : undefined;
  const client = endpointOf(from);
  const statuses = /^([A-Z_]+)\/(\d{3})$/.exec(status ?? '');
  if (fields.length < 10 || at === undefined || !client || !statuses || !/^(\d+|-)$/.test(sent ?? ''))
    return undefined;
  return {
    at,
    client,
    squidStatus: statuses[1] ?? '',
    httpStatus: Number(statuses[2]),
    method: known(method),
    target,
    server: endpointOf(to),
    localPort: portOf(localPort),
    bumpMode: known(bumpMode),
    error: error === '-/-' ? undefined : known(error),
  };
}

/**
 * Says whether the proxy refused, by policy (403) or for missing credentials (407). Other errors are no
 * refusal.
 */
export function isRefusal(entry: ProxyLogEntry): boolean {
  return entry.squidStatus === 'TCP_DENIED' && (entry.httpStatus === 403 || entry.httpStatus === 407);
}

/**
 * Says whether the proxy terminated the client's TLS with a certificate that it made (squid's modes that
 * decrypt).
 */
export function isBumped(entry: ProxyLogEntry): boolean {
  return (
    entry.method === 'CONNECT' && ['bump', 'client-first', 'server-first'].includes(entry.bumpMode ?? '')
  );
}

function known(field: string | undefined): string | undefined {
  return field === '-' ? undefined : field;
}

function endpointOf(field: string | undefined): Endpoint | undefined {
  const parts = /^(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})$/.exec(field ?? '');
  const port = portOf(parts?.[2]);
  return parts?.[1] !== undefined && port !== undefined ? { ip: parts[1], port } : undefined;
}

/** Reads a port; squid writes 0 when there is none. */
function portOf(field: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(field ?? '') ? Number(field) : 0;
  return port > 0 && port <= 65535 ? port : undefined;
}
