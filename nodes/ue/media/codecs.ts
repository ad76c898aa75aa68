/** What is spoken in a call, as RTP carries it: packets of 20 ms, all with the same content. */
export interface Codec {
  /** Its encoding name in SDP. */
  readonly name: CodecName;
  /** The payload type in an offer of this end; another one may be agreed on. */
  readonly payloadType: number;
  /** Ticks of the RTP timestamp in a second; also the rate in SDP. */
  readonly clockRate: number;
  /** The payload of each packet. Both ends send the same, so that an altered one is recognised. */
  readonly payload: Buffer;
  /** Parameters of the format in an offer or answer. */
  readonly parameters?: string;
}

export const codecNames = ['PCMA', 'PCMU', 'AMR-WB'] as const;
export type CodecName = (typeof codecNames)[number];

/** Milliseconds of speech in a packet. */
export const packetMs = 20;

/** The 1 kHz test tone at 0 dBm0 of ITU-T G.711, tables 5 (A-law) and 6 (mu-law): eight samples, again and again. */
const aLawTone = Buffer.from('342121 34b4a1a1b4'.replace(' ', ''), 'hex');
const muLawTone = Buffer.from('1e0b0b1e9e8b8b9e', 'hex');

/** Bytes of 20 ms of G.711: 8000 samples a second of one byte each. */
const g711Bytes = 160;

/**
 * A packet that has the size of 20 ms of AMR-WB at 12.65 kbit/s, and no speech in it: this lab has no speech coder.
 * By RFC 4867 4.3, bandwidth-efficient: CMR 15 (nothing asked for), then the table of contents F 0, FT 2 (12.65),
 * Q 0, which tells a decoder that the frame is damaged, so that it plays none of it; then the 253 bits of such a
 * frame (TS 26.201 table 2), here zero, and one bit of padding. That is 264 bits.
 */
const sizeOfAmrWb = Buffer.concat([Buffer.from([0b1111_0_001, 0b0_0_000000]), Buffer.alloc(31)]);

export const codecs: Readonly<Record<CodecName, Codec>> = {
  // RFC 3551 4.5.14; their payload types need no rtpmap (RFC 3551 6).
  PCMA: { name: 'PCMA', payloadType: 8, clockRate: 8000, payload: Buffer.alloc(g711Bytes, aLawTone) },
  PCMU: { name: 'PCMU', payloadType: 0, clockRate: 8000, payload: Buffer.alloc(g711Bytes, muLawTone) },
  // RFC 4867 8.1 defaults to bandwidth-efficient packets; the parameters are those of TS 26.114 6.2.2.2.
  'AMR-WB': {
    name: 'AMR-WB',
    payloadType: 98,
    clockRate: 16_000,
    payload: sizeOfAmrWb,
    parameters: 'mode-change-capability=2; max-red=0',
  },
};

/** Ticks of the RTP timestamp in a packet. */
export const ticksOf = ({ clockRate }: Codec): number => (clockRate * packetMs) / 1000;

/** Bytes of a packet of this codec as RTP over UDP and IPv4 carries it: 20 of IPv4, 8 of UDP, 12 of RTP before it. */
export const plainBytesOf = ({ payload }: Codec): number => 20 + 8 + 12 + payload.length;
