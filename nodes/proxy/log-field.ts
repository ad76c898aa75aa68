import type { Endpoint } from '../ue/protocol';

/** Reads the field `ip:port` of a log; undefined when it has no address or no port. */
export function endpointIn(field: string | undefined): Endpoint | undefined {
  const parts = /^(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})$/.exec(field ?? '');
  const port = portIn(parts?.[2]);
  return parts?.[1] !== undefined && port !== undefined ? { ip: parts[1], port } : undefined;
}

/** Reads the port in a field of a log; proxies write 0 or a hyphen when there is none. */
export function portIn(field: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(field ?? '') ? Number(field) : 0;
  return port > 0 && port <= 65535 ? port : undefined;
}
