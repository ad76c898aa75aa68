import { espInUdpPort } from '../../ladder';
import type { Ipv4Packet } from './packet';

/** The facts in the head of an ESP packet (RFC 4303 2), which stand there in the clear. */
export interface EspHead {
  /** 8 hexadecimal digits. */
  readonly spi: string;
  /** Missing where the packet was cut off after the SPI, as in what an ICMP error carries. */
  readonly sequence?: number;
}

/** IANA protocol number of ESP. */
const esp = 50;

/**
 * Reads the head of an ESP packet, on IP or in UDP (RFC 3948), or of the one that an ICMP error is about; undefined if there is
 * none. On the port of ESP in UDP four zero bytes mark what is none, and a keep-alive has one byte (RFC 3948 2).
 */
export function espHeadOf(packet: Ipv4Packet): EspHead | undefined {
  switch (packet.protocol) {
    case 'icmp':
      return packet.about && espHeadOf(packet.about);
    case 'other':
      return packet.number === esp && packet.fragment !== 'later' ? headIn(packet.payload) : undefined;
    case 'udp':
      return isOnEspPort(packet) ? headIn(packet.payload) : undefined;
    case 'tcp':
      return undefined;
  }
}

/** Says whether a packet, or the one that an ICMP error is about, is of UDP on the port of ESP in UDP, where not all is ESP. */
export function isOnEspPort(packet: Ipv4Packet): boolean {
  if (packet.protocol === 'icmp') return packet.about !== undefined && isOnEspPort(packet.about);
  return packet.protocol === 'udp' && [packet.sport, packet.dport].includes(espInUdpPort);
}

function headIn(payload: Uint8Array): EspHead | undefined {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  if (bytes.length < 4 || bytes.readUInt32BE(0) === 0) return undefined;
  const spi = bytes.toString('hex', 0, 4);
  return bytes.length < 8 ? { spi } : { spi, sequence: bytes.readUInt32BE(4) };
}

/** Returns the name by which one packet of ESP is found on both sides of a firewall. */
export const espKey = ({ spi, sequence }: Required<EspHead>): string => `esp ${spi} ${sequence}`;

/** Returns the {@link espKey} of a packet; undefined if it has none. */
export function espKeyOf(packet: Ipv4Packet): string | undefined {
  const { spi, sequence } = espHeadOf(packet) ?? {};
  return spi === undefined || sequence === undefined ? undefined : espKey({ spi, sequence });
}
