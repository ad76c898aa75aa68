/** The fields that matter of an IPv4 packet (RFC 791) with TCP (RFC 9293) in it. */
export interface TcpPacket {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: { readonly syn: boolean; readonly rst: boolean; readonly ack: boolean };
  readonly data: Buffer;
}

/** An address and a port, written as `10.89.9.3:34567`. */
export type Endpoint = string;

const shortestHeader = 20;
const tcp = 6;

/** @returns undefined if the bytes are not a whole IPv4 packet with a whole TCP header */
export function readTcpPacket(packet: Buffer): TcpPacket | undefined {
  if (packet.length < shortestHeader || packet[0]! >> 4 !== 4 || packet[9] !== tcp) return undefined;
  const header = (packet[0]! & 0xf) * 4;
  const length = packet.readUInt16BE(2);
  if (header < shortestHeader || length > packet.length || header + shortestHeader > length) return undefined;
  const segment = packet.subarray(header, length);
  const dataAt = (segment[12]! >> 4) * 4;
  if (dataAt < shortestHeader || dataAt > segment.length) return undefined;
  const endpoint = (address: number, port: number): Endpoint =>
    `${packet.subarray(address, address + 4).join('.')}:${segment.readUInt16BE(port)}`;
  const bits = segment[13]!;
  return {
    source: endpoint(12, 0),
    destination: endpoint(16, 2),
    sequence: segment.readInt32BE(4),
    acknowledgement: segment.readInt32BE(8),
    flags: { syn: (bits & 0x02) !== 0, rst: (bits & 0x04) !== 0, ack: (bits & 0x10) !== 0 },
    data: segment.subarray(dataAt),
  };
}
