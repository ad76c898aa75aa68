import type { Endpoint } from '../../nodes/ue/protocol';
import type { Ipv4Packet } from './packet';

/** A socket, whichever end of a packet it is. */
export interface TrafficSocket {
  readonly protocol: 'udp' | 'tcp';
  readonly local: Endpoint;
}

interface Passage {
  readonly at: number;
  /** Length of the IPv4 packet. */
  readonly bytes: number;
}

/** How many bytes went to and from each socket, and when, as the IPv4 packets of a capture have it. */
export class Traffic {
  private readonly passages = new Map<string, Passage[]>();

  /** @param at milliseconds since the Unix epoch */
  add(packet: Ipv4Packet, at: number): void {
    if (packet.protocol !== 'udp' && packet.protocol !== 'tcp') return;
    const { protocol, src, sport, dst, dport, length: bytes } = packet;
    for (const local of [
      { ip: src, port: sport },
      { ip: dst, port: dport },
    ]) {
      const key = keyOf({ protocol, local });
      const known = this.passages.get(key);
      if (known) known.push({ at, bytes });
      else this.passages.set(key, [{ at, bytes }]);
    }
  }

  /** Bytes of IPv4 packets, headers included, to and from a socket from one time until another. */
  bytesOf(socket: TrafficSocket, from: number, until: number): number {
    const own = this.passages.get(keyOf(socket)) ?? [];
    return own.reduce((sum, { at, bytes }) => (at >= from && at < until ? sum + bytes : sum), 0);
  }
}

const keyOf = ({ protocol, local }: TrafficSocket): string => `${protocol} ${local.ip}:${local.port}`;
