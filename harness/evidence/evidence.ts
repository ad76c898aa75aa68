import { z } from 'zod';
import { hooks } from './nflog';

/**
 * Evidence as it stands in `result.json`: what was observed outside the UE that bears on one attempt.
 * It is written for a reader; the judge reads the same fields. Times are milliseconds since the Unix epoch.
 */

const endpoint = z.object({ ip: z.ipv4(), port: z.int().min(0).max(65535) });

/** A way of the attempt: a socket of the UE, and where it sends to. */
const socket = z.object({ protocol: z.enum(['udp', 'tcp']), local: endpoint, remote: endpoint });
export type SocketFacts = z.infer<typeof socket>;

/** A packet as a reader of the result sees it. */
export const packetFacts = z.object({
  /** `tcp`, `udp`, `icmp`, `esp`, `ah`, or `ip-` and the protocol's number. */
  protocol: z.string(),
  src: z.string(),
  sport: z.int().optional(),
  dst: z.string(),
  dport: z.int().optional(),
  /** In a few words, e.g. `SIP REGISTER`, `STUN Allocate request`, `TLS ClientHello`, `TCP SYN`. */
  summary: z.string(),
});
export type PacketFacts = z.infer<typeof packetFacts>;

/**
 * What ties a dropped packet to an attempt, strongest first:
 * its addresses and ports, the proxy's connection that serves the attempt's CONNECT, by the proxy's log or because no
 * other CONNECT is left that it could serve, or an identifier readable in it.
 */
export const matchings = [
  'five-tuple',
  'connect-leg',
  'sole-connect',
  'sip-branch',
  'stun-transaction',
  'sip-call-id',
] as const;
export type Matching = (typeof matchings)[number];

/** The firewall dropped or rejected a packet of this attempt. Repetitions of one packet are one item with a count. */
export const dropEvidence = z.object({
  kind: z.literal('drop'),
  /** Node id of the firewall. */
  firewall: z.string(),
  /** Id of the rule that did it. */
  rule: z.string(),
  /** What the rule says, in words. */
  statement: z.string(),
  /** Whether no retransmission of the packet could have fared differently. */
  decisive: z.boolean(),
  /** Where in the firewall: `forward` on the way through, `input` when it was addressed to the firewall itself (NAPT). */
  chain: z.enum(hooks),
  at: z.number(),
  packet: packetFacts,
  matchedBy: z.enum(matchings),
  /** The way that it belongs to; missing where only an identifier ties it to the attempt. */
  socket: socket.optional(),
  /** The request to the proxy that the dropped packet served; there with `connect-leg` and `sole-connect`. */
  servedConnect: z.object({ client: endpoint, target: z.string() }).optional(),
  /** How often it was dropped, and when last. */
  count: z.int().min(1),
  lastAt: z.number(),
  /** The capture of what the firewall denied, and the packet's frame number in it; of repetitions the first one's. */
  capture: z.string().optional(),
  frame: z.int().min(1).optional(),
});
export type DropEvidence = z.infer<typeof dropEvidence>;

/** The proxy refused a request of this attempt: by its policy (403) or for lack of credentials (407). */
export const proxyRefusalEvidence = z.object({
  kind: z.literal('proxy-refusal'),
  /** Node id of the proxy. */
  proxy: z.string(),
  at: z.number(),
  /** The attempt's end of the connection to the proxy. */
  client: endpoint,
  status: z.union([z.literal(403), z.literal(407)]),
  request: z.object({ method: z.string(), target: z.string() }),
  /** The capture that shows the request and the answer. */
  capture: z.string().optional(),
});
export type ProxyRefusalEvidence = z.infer<typeof proxyRefusalEvidence>;

const certificateFacts = z.object({ subject: z.string(), issuer: z.string(), fingerprint256: z.string() });

/** The proxy put itself into this attempt's TLS and presented a certificate of its own making. */
export const proxyResignedEvidence = z.object({
  kind: z.literal('proxy-resigned'),
  proxy: z.string(),
  at: z.number(),
  client: endpoint,
  /** The authority that the attempt's CONNECT asked for. */
  target: z.string(),
  /** The proxy's log of what it did with the tunnel (squid's `%ssl::bump_mode`). */
  bumpMode: z.string(),
  /** The certificate presented, as the capture shows it, else as the UE reports it. */
  issuer: z.string(),
  subject: z.string(),
  fingerprint256: z.string(),
  seenIn: z.enum(['capture', 'ue']),
  /** Whether the proxy's CA is shown to have signed it: by its key (certificate in the capture), else by its name. */
  signedByProxyCa: z.enum(['by-key', 'by-name', 'not-checked']),
  /**
   * Whether the UE went on with that certificate: it said something after the handshake, as the capture shows, else by its
   * own word. Then the certificate was nothing that kept it from anything.
   */
  accepted: z.boolean(),
  /** The proxy's word on how its TLS with the client ended, e.g. `ERR_SECURE_ACCEPT_FAIL/...`. */
  error: z.string().optional(),
});
export type ProxyResignedEvidence = z.infer<typeof proxyResignedEvidence>;

/** What one TLS connection of the attempt agreed on, and whether anything was said too early. */
export const tlsEvidence = z.object({
  kind: z.literal('tls'),
  source: z.literal('capture'),
  /** `TLSv1.2`; missing when no ServerHello was seen. */
  version: z.string().optional(),
  /** IANA name of the suite, e.g. `TLS_RSA_WITH_AES_128_CBC_SHA`, or its number when the name is not known here. */
  suite: z.string().optional(),
  /** Whether both sides' Finished were seen. */
  handshakeEnded: z.boolean(),
  /**
   * Bytes the client sent before the handshake ended that are not part of it (I10 wants 0).
   * Missing where the capture lost packets of the connection: then nobody knows.
   */
  bytesBeforeHandshakeEnd: z.int().min(0).optional(),
  connection: z.object({ local: endpoint, remote: endpoint, target: z.string().optional() }),
  capture: z.string().optional(),
});
export type TlsEvidence = z.infer<typeof tlsEvidence>;

/** How many connections the attempt cost (I8, I9). */
export const connectsEvidence = z.object({
  kind: z.literal('connects'),
  /** CONNECT requests of this attempt in the proxy's log. */
  proxyLog: z.int().min(0),
  /** CONNECT requests in the capture of the UE's side; missing where there is no capture, or not a whole one. */
  captured: z.int().min(0).optional(),
  /** TCP connections that this attempt opened to the proxy, as the capture shows them, else as the UE tells. */
  tcpConnections: z.int().min(0),
  /** Connections that the proxy opened for them. */
  upstreamConnections: z.int().min(0),
  /** CONNECTs that the proxy answered with 2xx. */
  established: z.int().min(0),
});
export type ConnectsEvidence = z.infer<typeof connectsEvidence>;

/** The UE refused the certificate that it was shown. */
export const certificateEvidence = z.object({
  kind: z.literal('certificate'),
  source: z.literal('ue'),
  reason: z.enum(['CERTIFICATE_UNTRUSTED', 'CERTIFICATE_NAME']),
  text: z.string(),
  certificate: certificateFacts.optional(),
});
export type CertificateEvidence = z.infer<typeof certificateEvidence>;

/** A node that the attempt needed was out of order: what the attempt came to shows nothing of the firewall. */
export const outageEvidence = z.object({
  kind: z.literal('outage'),
  node: z.string(),
  /** When that was known. */
  at: z.number(),
  /** What happened to it, with its last words. */
  text: z.string(),
});
export type OutageEvidence = z.infer<typeof outageEvidence>;

/** One item of evidence. */
export const evidence = z.discriminatedUnion('kind', [
  dropEvidence,
  proxyRefusalEvidence,
  proxyResignedEvidence,
  tlsEvidence,
  connectsEvidence,
  certificateEvidence,
  outageEvidence,
]);
export type Evidence = z.infer<typeof evidence>;
