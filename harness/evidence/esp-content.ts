import { protocols } from '../../nodes/ipsec/ip-packet';
import { open } from '../../nodes/ipsec/esp-packet';
import type { EspKeys } from '../../nodes/ipsec/esp-sa';
import { espHeadOf } from './esp';
import { decodeIpv4, withTransport, type Ipv4Packet } from './packet';

/**
 * Opens an ESP packet, on IP or in UDP: in tunnel mode it returns the packet inside, in transport mode the same packet
 * with what ESP carried (RFC 4303 3.1). Undefined if it is no ESP, its keys are not known, or it is not authentic, as one
 * that was captured in part.
 */
export function espContentOf(packet: Ipv4Packet, keys: EspKeys): Ipv4Packet | undefined {
  const head = packet.protocol === 'icmp' ? undefined : espHeadOf(packet);
  const own = head && keys.get(head.spi);
  if (!own) return undefined;
  const { src, dst, length, fragment, payload } = packet;
  const content = open(own, Buffer.from(payload.buffer, payload.byteOffset, payload.length));
  if (typeof content === 'string') return undefined;
  return content.nextHeader === protocols.ipInIp
    ? decodeIpv4(content.payload)
    : withTransport({ src, dst, length, fragment }, content.nextHeader, content.payload);
}
