import type { ProxyLogEntry } from './log-entry';
import { endpointIn, portIn } from './log-field';

/**
 * The format of squid's access log from which the evidence is read. Its fields are: end, client, result, request,
 * server, the proxy's own port, interception, bytes sent, error.
 *
 * Tried with squid 5.7: squid writes a tunnel's line when the tunnel ends. Where it bumps TLS, it writes the
 * CONNECT's line at the handshake, and a line for each request inside, with the same client port.
 */
export const squidLogFormat =
  '%ts.%03tu %>a:%>p %Ss/%03>Hs %rm %ru %<a:%<p %<lp %ssl::bump_mode %<st %err_code/%err_detail';

/** Reads one line; returns undefined when it does not have the format. */
export function readSquidLine(line: string): ProxyLogEntry | undefined {
  const fields = line.trim().split(/\s+/);
  const [ended, from, status, method] = fields;
  // The target is found from both sides: it is the client's text, and the only field that could hold blanks.
  const [to, localPort, bumpMode, sent, error] = fields.slice(-5);
  const target = fields.slice(4, -5).join(' ');
  const at = /^\d{1,12}\.\d{3}$/.test(ended ?? '') ? Math.round(Number(ended) * 1000) : undefined;
  const client = endpointIn(from);
  const statuses = /^([A-Z_]+)\/(\d{3})$/.exec(status ?? '');
  if (fields.length < 10 || at === undefined || !client || !statuses || !/^(\d+|-)$/.test(sent ?? ''))
    return undefined;
  return {
    at,
    client,
    isDenied: statuses[1] === 'TCP_DENIED',
    httpStatus: Number(statuses[2]),
    method: known(method),
    target,
    server: endpointIn(to),
    localPort: portIn(localPort),
    bumpMode: known(bumpMode),
    error: error === '-/-' ? undefined : known(error),
  };
}

function known(field: string | undefined): string | undefined {
  return field === '-' ? undefined : field;
}
