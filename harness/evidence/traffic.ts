import type { Endpoint, Moment, WayProtocol } from '../../nodes/ue/protocol';
import type { Ipv4Packet } from './packet';

/** A socket at either end of a packet. */
export interface TrafficSocket {
  readonly protocol: WayProtocol;
  readonly local: Endpoint;
}

/**
 * Tolerance in ms for the UE's clock. It follows the system's clock, by which the kernel dates packets, but
 * differs in the microseconds.
 */
const clockToleranceMs = 0.5;

interface Passage {
  readonly at: number;
  /** Length of the IPv4 packet. */
  readonly bytes: number;
  /** True if the socket sent the packet, false if it received it. */
  readonly sent: boolean;
  /** True if the packet has a payload. */
  readonly carries: boolean;
}

/** The bytes to and from each socket with their times, by the IPv4 packets of a capture. */
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
   * Returns the capture time of the packet that a moment is about. Sent data left with the socket's first
   * packet with a payload at that time or later; received data came with the last one until then. Returns
   * undefined if there is none.
   */
  timeOf({ at, did, ...socket }: Moment): number | undefined {
    const own = (this.passages.get(keyOf(socket)) ?? []).filter(
      ({ sent, carries }) => carries && sent === (did === 'send'),
    );
    return did === 'send'
      ? own.find((one) => one.at >= at - clockToleranceMs)?.at
      : own.findLast((one) => one.at <= at + clockToleranceMs)?.at;
  }

  /** Counts the bytes of IPv4 packets, headers included, to and from a socket from one time until another. */
  bytesOf(socket: TrafficSocket, from: number, until: number): number {
    const own = this.passages.get(keyOf(socket)) ?? [];
    return own.reduce((sum, { at, bytes }) => (at >= from && at < until ? sum + bytes : sum), 0);
  }
}

const keyOf = ({ protocol, local }: TrafficSocket): string => `${protocol} ${local.ip}:${local.port}`;
