/** G.711 A-law in RTP (RFC 3551 4.5.14): payload type 8, 8000 samples a second of one byte each. */
export const pcma = { payloadType: 8, clockRate: 8000, packetMs: 20, packetBytes: 160 } as const;

/**
 * The sound that is sent: the 1 kHz test tone at 0 dBm0 of ITU-T G.711 table 5. Its eight samples fill a packet
 * evenly, so that all packets are the same and an altered one is recognised.
 */
const digitalMilliwatt = Buffer.from('342121 34b4a1a1b4'.replace(' ', ''), 'hex');

export const spokenPacket = Buffer.alloc(pcma.packetBytes, digitalMilliwatt);
