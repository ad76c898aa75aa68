/** G.711 A-law in RTP (RFC 3551 4.5.14): payload type 8, 8000 samples a second, a byte each. */
export const pcma = { payloadType: 8, clockRate: 8000, packetMs: 20, packetBytes: 160 } as const;

/**
 * What is spoken: the 1 kHz test tone at 0 dBm0 of ITU-T G.711 table 5, whose eight samples fill a packet evenly, so that
 * every packet is the same and an altered one is known.
 */
const digitalMilliwatt = Buffer.from('342121 34b4a1a1b4'.replace(' ', ''), 'hex');

export const spokenPacket = Buffer.alloc(pcma.packetBytes, digitalMilliwatt);
