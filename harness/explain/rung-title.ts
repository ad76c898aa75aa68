import { espInUdpPort, ipsecMode, isByConnect, type IpsecMode, type Rung } from '../../ladder';

const ipsecTitles: Readonly<Record<IpsecMode, string>> = {
  trans: 'ESP',
  'UDP-enc-tun': `ESP in UDP ${espInUdpPort}`,
};

/** Returns a rung in words: `UDP 5060`, `TLS 443 by CONNECT`, `ESP`. */
export function rungTitle(rung: Pick<Rung, 'transport' | 'port' | 'through' | 'security'>): string {
  if (rung.security === 'aka') return ipsecTitles[ipsecMode(rung)];
  const way = `${rung.transport.toUpperCase()} ${rung.port}`;
  return isByConnect(rung) ? `${way} by CONNECT` : way;
}
