/** An address and a port. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.ip === b.ip && a.port === b.port;
}

/** Writes an endpoint as `198.18.0.2:443`. */
export function showEndpoint({ ip, port }: Endpoint): string {
  return `${ip}:${port}`;
}
