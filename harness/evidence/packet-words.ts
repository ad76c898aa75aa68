import type { PacketFacts } from './facts';

/**
 * Returns a packet in words: `REGISTER, UDP 10.89.3.2:5060 to 198.18.0.10:5060`. That a method is one of SIP goes without
 * saying.
 */
export function packetWords(packet: PacketFacts): string {
  const { protocol, src, sport, dst, dport, summary } = packet;
  const name = protocol.toUpperCase();
  const what = summary.replace(/^SIP /, '');
  const at = (ip: string, port: number | undefined): string => (port === undefined ? ip : `${ip}:${port}`);
  const way = `${at(src, sport)} to ${at(dst, dport)}`;
  return what.startsWith(name) ? `${what}, ${way}` : `${what}, ${name} ${way}`;
}
