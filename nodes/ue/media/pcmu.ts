import { pcma } from './pcma';

/** G.711 mu-law in RTP (RFC 3551 4.5.14): payload type 0, otherwise like A-law. */
export const pcmu = { ...pcma, payloadType: 0 } as const;

/** The 1 kHz test tone at 0 dBm0 of ITU-T G.711 table 6. */
const digitalMilliwatt = Buffer.from('1e0b0b1e9e8b8b9e', 'hex');

export const spokenPcmu = Buffer.alloc(pcmu.packetBytes, digitalMilliwatt);
