/** An RTP packet (RFC 3550 5.1) without contributing sources and extension, which the UE never sends. */
export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  /** Sequence number of 16 bits. */
  readonly sequence: number;
  /** Timestamp of 32 bits. */
  readonly timestamp: number;
  /** Source identifier of 32 bits. */
  readonly ssrc: number;
  readonly payload: Buffer;
}

const fixedHeader = 12;

export function writeRtp({ payloadType, marker, sequence, timestamp, ssrc, payload }: RtpPacket): Buffer {
  const packet = Buffer.alloc(fixedHeader + payload.length);
  packet[0] = 2 << 6;
  packet[1] = (marker ? 0x80 : 0) | payloadType;
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(timestamp, 4);
  packet.writeUInt32BE(ssrc, 8);
  payload.copy(packet, fixedHeader);
  return packet;
}

/**
 * Returns the header's length with contributing sources and extension; undefined if it
 * is no RTP packet (RFC 3550 A.1).
 */
export function rtpHeaderLength(packet: Buffer): number | undefined {
  if (packet.length < fixedHeader || packet.readUInt8(0) >> 6 !== 2) return undefined;
  const first = packet.readUInt8(0);
  let length = fixedHeader + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (packet.length < length + 4) return undefined;
    length += 4 + 4 * packet.readUInt16BE(length + 2);
  }
  return length <= packet.length ? length : undefined;
}

/** Reads a packet; undefined if the bytes are none. Contributing sources, extension and padding are skipped. */
export function readRtp(packet: Buffer): RtpPacket | undefined {
  const header = rtpHeaderLength(packet);
  if (header === undefined) return undefined;
  const padded = (packet.readUInt8(0) & 0x20) !== 0;
  const padding = padded ? packet.readUInt8(packet.length - 1) : 0;
  if ((padded && padding === 0) || header + padding > packet.length) return undefined;
  const second = packet.readUInt8(1);
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    payload: packet.subarray(header, packet.length - padding),
  };
}

/** Says whether a packet is RTCP. On the same port as RTP its second byte, 192 to 223, tells (RFC 5761 4). */
export function isRtcp(packet: Buffer): boolean {
  const second = packet[1] ?? 0;
  return second >= 192 && second <= 223;
}
