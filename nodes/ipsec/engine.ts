import type { IpsecMode } from '../../ladder';
import { DropLog, espText } from './drop-log';
import { spiText } from '../../kit/spi';
import { espHeader, open, seal, type EspContent } from './esp-packet';
import type { EspEvent } from './event';
import { ipPacket, protocols, readIpPacket, type IpPacket } from './ip-packet';
import type { InboundSa, OutboundSa, SetOfSas } from './sa-table';
import { SaTable } from './sa-table';
import { portsOf, withChecksum, wrongChecksum } from './transport-segment';

/** The ways out of the engine. */
export interface EngineWays {
  /** Sends ESP directly on IP. */
  sendEsp(source: string, destination: string, packet: Buffer): void;
  /** Sends ESP in UDP from port 4500 of `source` (RFC 3948). */
  sendUdp(source: string, to: { readonly ip: string; readonly port: number }, datagram: Buffer): void;
  /** Hands an opened packet to the kernel. */
  deliver(packet: Buffer): void;
  note(line: string): void;
  /** Told of authentic packets that the kernel will refuse. */
  tell(event: Omit<EspEvent, 'at'>): void;
}

/** Longest packet of IPv4, and the headers of IP and UDP before the ESP in it. */
const longestIpPacket = 65535;
const headers = { trans: 20, 'UDP-enc-tun': 28 } as const;
const lastSequence = 0xffff_ffff;
/** RFC 3948 section 2.3: a NAT-keepalive packet is this one byte. */
export const natKeepAlive = Buffer.from([0xff]);

/**
 * ESP in user space: transport mode (RFC 4303) and tunnel mode in UDP (RFC 3948), for the sets in its table. It has no
 * socket and no clock.
 */
export class EspEngine {
  readonly table = new SaTable();
  private readonly drops: DropLog;
  private unknown = 0;

  constructor(private readonly ways: EngineWays) {
    this.drops = new DropLog((line) => ways.note(line));
  }

  /** Number of packets whose SPI no inbound SA had. */
  get unknownSpi(): number {
    return this.unknown;
  }

  /** Takes an IP packet that this node sends, seals it, and sends it on its way. */
  outgoing(bytes: Buffer): void {
    const packet = readIpPacket(bytes);
    const ports = packet && !packet.isFragment ? portsOf(packet) : undefined;
    if (!packet || !ports) return;
    const { source, destination } = packet;
    const selector = { source, destination, sourcePort: ports.source, destinationPort: ports.destination };
    const sa = this.table.outbound(selector);
    // The kernel routes a packet before it queues it, so one may come when its set is gone.
    if (!sa) {
      const what = `a packet from ${source}:${ports.source} to ${destination}:${ports.destination}`;
      this.drops.dropped(what, 'no SA for it any more');
      return;
    }
    this.sealAndSend(sa, { ...packet, payload: withChecksum(packet) });
  }

  /** Takes an IP packet with ESP in it. */
  incomingEsp(bytes: Buffer): void {
    const packet = readIpPacket(bytes);
    if (!packet || packet.protocol !== protocols.esp) return;
    const opened = this.open(packet.payload, packet.source, 'trans');
    if (!opened) return;
    const { source, destination } = packet;
    const { payload, nextHeader } = opened.content;
    const packetInside = { source, destination, protocol: nextHeader, isFragment: false, payload };
    this.deliver(opened.sa, opened.sequence, packetInside);
  }

  /** Takes the payload of a UDP datagram that came to port 4500. */
  incomingUdp(datagram: Buffer, from: { readonly ip: string; readonly port: number }): void {
    if (datagram.equals(natKeepAlive)) return;
    const opened = this.open(datagram, `${from.ip}:${from.port}`, 'UDP-enc-tun');
    if (!opened) return;
    const { sa, sequence, content, isNewest } = opened;
    const { set } = sa;
    // An NAPT may give the other end a new address at any time. Only the newest packet says where it is now.
    if (isNewest) set.outer = from;
    const inner = content.nextHeader === protocols.ipInIp ? readIpPacket(content.payload) : undefined;
    if (inner) this.deliver(sa, sequence, inner);
    else this.drops.dropped(espText(sa.spi, `${from.ip}:${from.port}`), 'no IP packet in the tunnel');
  }

  /** Sends NAT-keepalives for a set, if this end is the one that keeps the mapping (RFC 3948 section 4). */
  keepAlive({ described: { self, mode }, outer, beganBy }: SetOfSas): void {
    if (mode === 'UDP-enc-tun' && beganBy === 'self') this.ways.sendUdp(self.address, outer, natKeepAlive);
  }

  private sealAndSend(sa: OutboundSa, packet: IpPacket): void {
    const { keys, described, outer } = sa.set;
    const { mode, self, other } = described;
    const content: EspContent =
      mode === 'trans'
        ? { payload: packet.payload, nextHeader: packet.protocol }
        : { payload: ipPacket(packet), nextHeader: protocols.ipInIp };
    // RFC 4303 section 3.3.3: the sequence number must not cycle.
    if (sa.sequence === lastSequence)
      return this.drops.dropped(`a packet for SPI ${spiText(sa.spi)}`, 'its sequence numbers are used up');
    const esp = seal(keys, sa.spi, (sa.sequence += 1), content);
    if (esp.length + headers[mode] > longestIpPacket)
      return this.drops.dropped(
        `a packet for SPI ${spiText(sa.spi)}`,
        'too long with ESP',
        `${esp.length} bytes`,
      );
    sa.counters.packets += 1;
    sa.counters.bytes += content.payload.length;
    sa.set.beganBy ??= 'self';
    if (mode === 'trans') this.ways.sendEsp(self.address, other.address, esp);
    else this.ways.sendUdp(self.address, outer, esp);
  }

  /** Finds the SA, checks the sequence number, then the ICV (RFC 4303 section 3.4), and decrypts. */
  private open(
    esp: Buffer,
    from: string,
    mode: IpsecMode,
  ): { sa: InboundSa; sequence: number; content: EspContent; isNewest: boolean } | undefined {
    const header = espHeader(esp);
    if (!header) {
      this.drops.dropped(`ESP from ${from}`, 'malformed', `${esp.length} bytes`);
      return undefined;
    }
    const { spi, sequence } = header;
    if (spi === 0) {
      this.drops.dropped(
        `UDP from ${from}`,
        'a message of IKE (RFC 3948 section 2.2), which nobody here reads',
      );
      return undefined;
    }
    const sa = this.table.inbound(spi);
    const what = espText(spi, from);
    if (!sa || sa.set.described.mode !== mode) {
      this.unknown += 1;
      this.drops.dropped(what, 'unknown SPI');
      return undefined;
    }
    if (!sa.window.mayBeNew(sequence)) {
      sa.counters.replayed += 1;
      this.drops.dropped(what, 'replayed', `sequence number ${sequence}`);
      return undefined;
    }
    const content = open(sa.set.keys, esp);
    if (typeof content === 'string') {
      if (content === 'wrong ICV') sa.counters.badIcv += 1;
      this.drops.dropped(what, content, `sequence number ${sequence}`);
      return undefined;
    }
    const isNewest = sa.window.note(sequence);
    sa.set.beganBy ??= 'other';
    sa.counters.packets += 1;
    sa.counters.bytes += content.payload.length;
    return { sa, sequence, content, isNewest };
  }

  private deliver(sa: InboundSa, sequence: number, packet: IpPacket): void {
    const what = espText(sa.spi, packet.source);
    // RFC 4303 section 2.6: the dummy packets that hide how much is sent.
    if (packet.protocol === noNextHeader) return;
    if (packet.isFragment)
      return this.drops.dropped(what, 'a fragment, whose ports nothing can be held against');
    const ports = portsOf(packet);
    const { selector, set } = sa;
    const wrong = wrongChecksum(packet);
    // RFC 4301 section 5.2: an SA carries nothing but what it was agreed on for. In transport mode the addresses are those of
    // the outer header, which an NAPT may have changed; then the checksum is wrong, and that is what has to be told.
    const mayBeTranslated = wrong !== undefined && set.described.mode === 'trans';
    const isBetween = packet.source === selector.source && packet.destination === selector.destination;
    if (!isBetween && !mayBeTranslated)
      return this.drops.dropped(
        what,
        `it is for ${packet.destination}, and not between the addresses of the SA`,
      );
    if (ports?.source !== selector.sourcePort || ports.destination !== selector.destinationPort)
      return this.drops.dropped(what, 'not between the ports of the SA');
    if (wrong) {
      sa.counters.badInnerChecksum += 1;
      const { source, destination } = packet;
      const spi = spiText(sa.spi).slice(2);
      this.ways.tell({ event: 'wrong-inner-checksum', spi, sequence, source, destination, ...wrong });
      this.drops.dropped(what, 'its checksum inside is not that of its addresses; the kernel refuses it');
    }
    this.ways.deliver(ipPacket(packet));
  }
}

const noNextHeader = 59;
