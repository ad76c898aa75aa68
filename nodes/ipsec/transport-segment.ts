import { internetChecksum, onesComplementSum } from './checksum';
import { addressBytes, protocols, type IpPacket } from './ip-packet';

const layouts: Readonly<Record<number, { readonly header: number; readonly checksumAt: number }>> = {
  [protocols.udp]: { header: 8, checksumAt: 6 },
  [protocols.tcp]: { header: 20, checksumAt: 16 },
};

/** @returns the ports of a packet with UDP or TCP in it; undefined if it has another protocol or no whole header */
export function portsOf({
  protocol,
  payload,
}: IpPacket): { readonly source: number; readonly destination: number } | undefined {
  const layout = layouts[protocol];
  if (!layout || payload.length < layout.header) return undefined;
  return { source: payload.readUInt16BE(0), destination: payload.readUInt16BE(2) };
}

/**
 * Returns the checksum of the UDP or TCP in a packet and the one that would be right, each in four hexadecimal digits;
 * undefined if it is right. UDP without a checksum (RFC 768) is right.
 */
export function wrongChecksum(
  packet: IpPacket,
): { readonly found: string; readonly right: string } | undefined {
  const { protocol, payload } = packet;
  const layout = layouts[protocol];
  if (!layout || payload.length < layout.header) return undefined;
  if (protocol === protocols.udp && payload.readUInt16BE(layout.checksumAt) === 0) return undefined;
  if (internetChecksum(payload, pseudoHeaderSum(packet)) === 0) return undefined;
  const at = (segment: Buffer): string => segment.toString('hex', layout.checksumAt, layout.checksumAt + 2);
  return { found: at(payload), right: at(withChecksum(packet)) };
}

/**
 * Returns the UDP or TCP of a packet with its checksum. In a packet that has not left the machine yet, the kernel leaves
 * the checksum to the network card.
 */
export function withChecksum(packet: IpPacket): Buffer {
  const segment = Buffer.from(packet.payload);
  const layout = layouts[packet.protocol];
  if (!layout || segment.length < layout.header) return segment;
  segment.writeUInt16BE(0, layout.checksumAt);
  // RFC 768: a sum of zero is sent as all ones, since zero says that there is none.
  segment.writeUInt16BE(internetChecksum(segment, pseudoHeaderSum(packet)) || 0xffff, layout.checksumAt);
  return segment;
}

function pseudoHeaderSum({ source, destination, protocol, payload }: IpPacket): number {
  return onesComplementSum(
    Buffer.concat([addressBytes(source), addressBytes(destination)]),
    protocol + payload.length,
  );
}
