import { isByConnect, type Rung } from '../../ladder';

/** Returns a rung in words: `UDP 5060`, `TLS 443 by CONNECT`. */
export function rungTitle(rung: Pick<Rung, 'transport' | 'port' | 'through'>): string {
  const way = `${rung.transport.toUpperCase()} ${rung.port}`;
  return isByConnect(rung) ? `${way} by CONNECT` : way;
}
