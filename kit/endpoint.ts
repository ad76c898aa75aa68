/** An address and a port. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.ip === b.ip && a.port === b.port;
}

/** A way over the network: a socket, and the endpoint that it sends to. */
interface Way {
  readonly protocol: string;
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

/** Says whether two ways are the same one. */
export const isSameWay = (one: Way, other: Way): boolean =>
  one.protocol === other.protocol &&
  sameEndpoint(one.local, other.local) &&
  sameEndpoint(one.remote, other.remote);

/** Writes an endpoint as `198.18.0.2:443`. */
export function showEndpoint({ ip, port }: Endpoint): string {
  return `${ip}:${port}`;
}
