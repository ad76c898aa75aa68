import type { PayloadFacts } from './identifiers';
import type { Ipv4Packet } from './packet';

/** A packet that a firewall kept from its way. */
export interface DeniedPacket {
  /** Node id of the firewall. */
  readonly firewall: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The packet, with the addresses that it has on the UE's side. */
  readonly packet: Ipv4Packet;
  /** SIP and STUN messages readable in the packet. */
  readonly readable: PayloadFacts;
}
