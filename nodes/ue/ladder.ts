/**
 * The ladder's vocabulary: steps, ways (`via`) and cipher suites.
 *
 * The CR (TR 33.830 clause 8.3) lets a UE climb three steps; a *rung* is one way of trying one step.
 */

/** 1 normal procedures, 2 the NAT-traversal alternative, 3 as 2 but TCP/TLS on 443 (the CR's enumeration). */
export const steps = [1, 2, 3] as const;
export type Step = (typeof steps)[number];

/** A way to a server: transport and port as the network sees them; `connect:443` is TLS inside HTTP CONNECT. */
export const vias = [
  'udp:5060',
  'tls:5061',
  'tls:443',
  'connect:443',
  'udp:3478',
  'tcp:3478',
  'tls:5349',
  'tcp:80',
] as const;
export type Via = (typeof vias)[number];

/** One way of trying one step. */
export interface Rung {
  readonly step: Step;
  readonly via: Via;
}

/** A TLS offer of the UE. */
export interface Suite {
  readonly id: SuiteId;
  /** IANA name; for `modern`, whatever the defaults agree on. */
  readonly name: string;
  /** OpenSSL cipher string. NULL suites exist only below security level 1. */
  readonly ciphers: string;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
  /** Whether the record payload is unreadable on the wire. */
  readonly encrypts: boolean;
}

export const suiteIds = ['aes', 'null', 'modern'] as const;
export type SuiteId = (typeof suiteIds)[number];

/** The CR names the first two suites as its examples of an encrypting and a NULL suite. */
export const suites: Readonly<Record<SuiteId, Suite>> = {
  aes: {
    id: 'aes',
    name: 'TLS_RSA_WITH_AES_128_CBC_SHA',
    ciphers: 'AES128-SHA:@SECLEVEL=0',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    encrypts: true,
  },
  null: {
    id: 'null',
    name: 'TLS_RSA_WITH_NULL_SHA',
    ciphers: 'NULL-SHA:@SECLEVEL=0',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    encrypts: false,
  },
  // As UEs of today do: TLS 1.3, and 1.2 for servers that have no more (coturn 4.6 takes the version from the
  // ClientHello's legacy field, and so never agrees on 1.3).
  modern: {
    id: 'modern',
    name: 'TLS 1.3 defaults',
    ciphers: 'DEFAULT',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    encrypts: true,
  },
};

/** The rungs of IMS registration (TS 33.203 Annexes N and W.3.1); IMS AKA with IPsec would add rungs to steps 1 and 2. */
export const registrationRungs: readonly Rung[] = [
  { step: 1, via: 'udp:5060' },
  { step: 2, via: 'udp:5060' },
  { step: 2, via: 'tls:5061' },
  { step: 3, via: 'tls:443' },
  { step: 3, via: 'connect:443' },
];

/** The rungs to a TURN server, in the order of TS 33.203 W.3.1.3. */
export const relayRungs: readonly Rung[] = [
  { step: 2, via: 'udp:3478' },
  { step: 2, via: 'tcp:3478' },
  { step: 2, via: 'tls:5349' },
  { step: 3, via: 'tcp:80' },
  { step: 3, via: 'tls:443' },
  { step: 3, via: 'connect:443' },
];

/** What a session carries: RTP goes over UDP and UDP allocations, MSRP over TCP and TCP allocations (RFC 6062). */
export type SessionKind = 'rtp' | 'msrp';

/** The ways that a session may take. */
export interface MediaWays {
  /** Whether the UE's own address is a candidate: for RTP with what a STUN server sees of it, from step 2 on. */
  readonly host: boolean;
  /** Those to the TURN server, the most preferred first (TS 33.203 W.3.1.3); they are tried side by side. */
  readonly turn: readonly Rung[];
}

/**
 * How the media of a session go, when its signalling takes this rung (domain table "what a step is"): step 1 from host to
 * host; step 2 with what TURN has for NAT traversal besides; step 3 with TURN on the web's ports besides, by CONNECT where
 * the signalling goes so. RTP is relayed only where nothing better works (TS 33.203 W.3.2), so that its host candidate is
 * always there.
 * An MSRP session whose signalling is in TLS stays in TLS throughout: the CR counts its TLS connections (I8).
 */
export function mediaWays(kind: SessionKind, { step, via }: Rung): MediaWays {
  if (step === 1) return { host: true, turn: [] };
  const carries = (rung: Rung): boolean =>
    rung.step === step &&
    (step === 2 || (rung.via === 'connect:443') === (via === 'connect:443')) &&
    (kind === 'rtp' || !rung.via.startsWith('udp:')) &&
    (kind === 'rtp' || via.startsWith('udp:') || !rung.via.startsWith('tcp:'));
  return { host: kind === 'rtp', turn: relayRungs.filter(carries) };
}
