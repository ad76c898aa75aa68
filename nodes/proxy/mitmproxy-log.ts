import { z } from 'zod';
import type { ProxyLogEntry } from './log-entry';

const port = z.int().min(1).max(65535);
const endpoint = z.object({ ip: z.ipv4(), port });

/** A line of the log that the add-on in `mitmproxy.ts` writes: a CONNECT that has ended, as JSON. */
const connect = z.object({
  at: z.int(),
  client: endpoint,
  status: z.int().min(0).max(999),
  denied: z.boolean(),
  target: z.string(),
  server: endpoint.nullable(),
  localPort: port.nullable(),
  mode: z.string().nullable(),
  error: z.string().nullable(),
});

/** Reads one line; returns undefined when it does not have the format. */
export function readMitmproxyLine(line: string): ProxyLogEntry | undefined {
  const parsed = connect.safeParse(jsonIn(line));
  if (!parsed.success) return undefined;
  const { at, client, status, denied, target, server, localPort, mode, error } = parsed.data;
  return {
    at,
    client,
    isDenied: denied,
    httpStatus: status,
    method: 'CONNECT',
    target,
    server: server ?? undefined,
    localPort: localPort ?? undefined,
    bumpMode: mode ?? undefined,
    error: error ?? undefined,
  };
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // half a line, or what somebody else wrote
  }
}
