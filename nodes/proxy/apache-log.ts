import { endpointIn, portIn } from './log-field';
import type { ProxyLogEntry } from './log-entry';

/**
 * The format of Apache's access log from which the evidence is read. Its fields are: end in milliseconds, client,
 * status, the proxy's own port (a note of `mod_proxy_connect`, written once the connection stands), request line.
 */
export const apacheLogFormat = '%{end:msec}t %a:%{remote}p %>s %{proxy-source-port}n %r';

/**
 * Reads one line; returns undefined when it does not have the format. Apache names no server, but it connects to what a
 * CONNECT asked for. A 403 or 407 is its own, because it hands no other answers on than those to CONNECT.
 */
export function readApacheLine(line: string): ProxyLogEntry | undefined {
  const [, ended, from, status, localPort, request = ''] =
    /^(\d{1,15}) (\S+) (\d{3}) (\d{1,5}|-) (.*)$/.exec(line.trimEnd()) ?? [];
  const client = endpointIn(from);
  if (ended === undefined || !client) return undefined;
  const [, method, target] = /^([A-Z]+) (.+) HTTP\/\d\.\d$/.exec(request) ?? [];
  const httpStatus = Number(status);
  return {
    at: Number(ended),
    client,
    isDenied: httpStatus === 403 || httpStatus === 407,
    httpStatus,
    method,
    target: target ?? request,
    server: undefined,
    localPort: portIn(localPort),
    bumpMode: undefined,
    error: undefined,
  };
}
