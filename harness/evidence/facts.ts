import { wayProtocols } from '../../nodes/ue/protocol';
import { z } from 'zod';

/** The facts that several kinds of evidence share. Times are milliseconds since the Unix epoch. */

export const endpoint = z.object({ ip: z.ipv4(), port: z.int().min(0).max(65535) });

/** A way of the attempt: a socket of the UE, and the endpoint that it sends to. */
export const socket = z.object({ protocol: z.enum(wayProtocols), local: endpoint, remote: endpoint });
export type SocketFacts = z.infer<typeof socket>;

/** A packet in a capture. */
export const frame = z.object({ capture: z.string(), frame: z.int().min(1), at: z.number() });

/** A packet as a reader of the result sees it. */
export const packetFacts = z.object({
  /** `tcp`, `udp`, `icmp`, `esp`, `ah`, or `ip-` and the protocol's number. */
  protocol: z.string(),
  src: z.string(),
  sport: z.int().optional(),
  dst: z.string(),
  dport: z.int().optional(),
  /** A few words, e.g. `SIP REGISTER`, `STUN Allocate request`, `TLS ClientHello`, `TCP SYN`. */
  summary: z.string(),
});
export type PacketFacts = z.infer<typeof packetFacts>;

export const certificateFacts = z.object({
  subject: z.string(),
  issuer: z.string(),
  fingerprint256: z.string(),
});
