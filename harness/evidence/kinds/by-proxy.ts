import type { SocketFacts } from '../facts';
import type { Match } from '../match';
import type { Ipv4Packet } from '../packet';
import { contradictions } from './contradiction';
import type { Owner } from './kind';

/** Says whether a packet belongs to an attempt by a connection that the proxy opened for a tunnel of the attempt. */
export const isByProxy = (matchedBy: Match['matchedBy']): boolean =>
  matchedBy === 'connect-leg' || matchedBy === 'sole-connect';

/**
 * Says whether a packet comes from the proxy that a socket leads to, or goes there. More cannot be held against it, because
 * the log of the proxy is not stored.
 */
export function isOfProxy(packet: Ipv4Packet, socket: SocketFacts | undefined): boolean {
  const { src, dst } = packet.protocol === 'icmp' && packet.about ? packet.about : packet;
  return socket !== undefined && [src, dst].includes(socket.remote.ip);
}

/** Returns how an item that belongs to its attempt by the proxy contradicts a network, or a way, that has none. */
export const withoutProxy = (
  {
    matchedBy,
    socket,
  }: { readonly matchedBy: Match['matchedBy']; readonly socket?: SocketFacts | undefined },
  { knobs }: Pick<Owner, 'knobs'>,
): readonly string[] =>
  contradictions([
    isByProxy(matchedBy) && (knobs?.proxy === 'none' || socket?.protocol !== 'tcp'),
    'is of a connection of the web proxy, and there is none',
  ]);
