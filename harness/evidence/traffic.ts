import type { Endpoint, Moment } from '../../nodes/ue/protocol';
import type { Ipv4Packet } from './packet';

/** A socket, whichever end of a packet it is. */
export interface TrafficSocket {
  readonly protocol: 'udp' | 'tcp';
  readonly local: Endpoint;
}

/** The UE's clock follows the system's, with which the kernel dates packets, but does not read the same to the microsecond. */
const clockToleranceMs = 0.5;

interface Passage {
  readonly at: number;
  /** Length of the IPv4 packet. */
  readonly bytes: number;
  /** Whether the socket sent it, or it came. */
  readonly sent: boolean;
  /** Whether it carried anything. */
  readonly carries: boolean;
}

/** How many bytes went to and from each socket, and when, as the IPv4 packets of a capture have it. */
export class Traffic {
  private readonly passages = new Map<string, Passage[]>();

  /** @param at milliseconds since the Unix epoch */
  add(packet: Ipv4Packet, at: number): void {
    if (packet.protocol !== 'udp' && packet.protocol !== 'tcp') return;
    const { protocol, src, sport, dst, dport, length: bytes } = packet;
    const carries = packet.payload.length > 0;
    for (const { sent, ...local } of [
      { ip: src, port: sport, sent: true },
      { ip: dst, port: dport, sent: false },
    ]) {
      const key = keyOf({ protocol, local });
      const known = this.passages.get(key);
      const passage = { at, bytes, sent, carries };
      if (known) known.push(passage);
      else this.passages.set(key, [passage]);
    }
  }

  /**
   * When the packet passed that a moment is about: what was sent left with the first packet of the socket that carries
   * anything at that time or later, what was received came with the last one until then. Undefined where there is none.
   */
  timeOf({ at, did, ...socket }: Moment): number | undefined {
    const own = (this.passages.get(keyOf(socket)) ?? []).filter(
      ({ sent, carries }) => carries && sent === (did === 'send'),
    );
    return did === 'send'
      ? own.find((one) => one.at >= at - clockToleranceMs)?.at
      : own.findLast((one) => one.at <= at + clockToleranceMs)?.at;
  }

  /** Bytes of IPv4 packets, headers included, to and from a socket from one time until another. */
  bytesOf(socket: TrafficSocket, from: number, until: number): number {
    const own = this.passages.get(keyOf(socket)) ?? [];
    return own.reduce((sum, { at, bytes }) => (at >= from && at < until ? sum + bytes : sum), 0);
  }
}

const keyOf = ({ protocol, local }: TrafficSocket): string => `${protocol} ${local.ip}:${local.port}`;
