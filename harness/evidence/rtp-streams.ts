import type { Endpoint } from '../../nodes/ue/protocol';
import { codecs } from '../../nodes/ue/media/codecs';
import { Reception } from '../../nodes/ue/media/reception';
import { isRtcp, readRtp } from '../../nodes/ue/media/rtp-packet';
import type { Ipv4Packet } from './packet';

/** The loss and jitter of arriving RTP, by the capture times of its packets. */
export interface RtpArrival {
  readonly packets: number;
  /** Lost packets in per cent of those from the first to the highest sequence number. */
  readonly lossPercent: number;
  /** The value of the filter of RFC 3550 A.8 after each packet, in milliseconds. */
  readonly jitterMeanMs: number;
  readonly jitterMaxMs: number;
}

/**
 * The RTP in a capture that is not inside TLS: over UDP, from host to host or through a TURN channel. SRTP can
 * be read as well, since its header is in the clear (RFC 3711 3.1).
 */
export class RtpStreams {
  /** The streams by the socket that they arrived at. */
  private readonly streams = new Map<string, Reception[]>();

  /** @param at milliseconds since the Unix epoch */
  add(packet: Ipv4Packet, at: number): void {
    if (packet.protocol !== 'udp' || packet.fragment !== 'no') return;
    const bytes = Buffer.from(packet.payload.buffer, packet.payload.byteOffset, packet.payload.length);
    const content = ofChannel(bytes) ?? bytes;
    const rtp = isRtcp(content) ? undefined : readRtp(content);
    const codec = Object.values(codecs).find(({ payloadType }) => payloadType === rtp?.payloadType);
    if (rtp === undefined || codec === undefined) return;
    const key = keyOf({ ip: packet.dst, port: packet.dport });
    const known = this.streams.get(key) ?? [];
    this.streams.set(key, known);
    let stream = known.find(({ ssrc }) => ssrc === rtp.ssrc);
    if (!stream) known.push((stream = new Reception(rtp.ssrc, codec.clockRate)));
    stream.take(rtp, at);
  }

  /** Returns the reception at a socket; among several sources, that of the one with the most packets. */
  arrivedAt(local: Endpoint): RtpArrival | undefined {
    const [most] = [...(this.streams.get(keyOf(local)) ?? [])].sort((a, b) => b.packets - a.packets);
    if (!most) return undefined;
    const { packets, lost, expected, jitter } = most;
    return {
      packets,
      lossPercent: (100 * lost) / expected,
      jitterMeanMs: jitter.mean,
      jitterMaxMs: jitter.max,
    };
  }
}

/** Returns the data of a ChannelData message (RFC 8656 12.4), or undefined for other bytes. */
function ofChannel(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 4 || bytes.readUInt8(0) >> 4 !== 4) return undefined;
  const length = bytes.readUInt16BE(2);
  return length <= bytes.length - 4 ? bytes.subarray(4, 4 + length) : undefined;
}

const keyOf = ({ ip, port }: Endpoint): string => `${ip}:${port}`;
