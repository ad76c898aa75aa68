import type { Decisive } from '../../firewalls/rules';
import type { DeniedPacket } from './denied-packet';
import type { Ipv4Packet } from './packet';

/** The interface of a firewall at which a packet was seen: towards its access network, or away from it. */
export type Side = 'inside' | 'outside';

/** A packet in the capture of one side. */
export interface SeenAt {
  readonly side: Side;
  /** Number of its record in the capture, from 1. */
  readonly frame: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What the firewall itself sent back: a TCP reset, or an ICMP error about the packet. */
export interface OwnAnswer extends SeenAt {
  readonly kind: 'reset' | 'icmp';
}

/**
 * A packet that was seen to enter a firewall and never to leave it, with every repetition of it. The firewall names no
 * rule, so what is decisive follows from what was seen: see {@link decisive}.
 */
export interface Vanished extends DeniedPacket {
  /** Tells it from every other vanished packet of this firewall. */
  readonly id: number;
  /** The packet as it entered; `packet` differs where the firewall's NAPT would have changed the address. */
  readonly entered: Ipv4Packet;
  /** Each time that it entered, in order. */
  readonly seen: readonly SeenAt[];
  readonly answer?: OwnAnswer;
  /**
   * `none` while it was sent only once and nothing came back, because a single packet can get lost. After that a
   * retransmission of a connection's data fares as the ones before (`all`), while a datagram from the other side can
   * pass once the UE has sent one out (`own`).
   */
  readonly decisive: Decisive;
}
