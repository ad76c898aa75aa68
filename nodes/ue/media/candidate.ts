import { isSameRung, relayRungs, type Rung } from '../../../ladder';
import type { Endpoint } from '../protocol';

/** RFC 8445 5.1.1: an address of one's own socket, that address as a server or a peer sees it, or one at a TURN server. */
export type CandidateType = 'host' | 'srflx' | 'prflx' | 'relay';

/** A candidate of the one component that there is, RTP with RTCP on it (RFC 5761). */
export interface Candidate {
  readonly type: CandidateType;
  readonly address: Endpoint;
  readonly priority: number;
  /** RFC 8445 5.1.1.3: equal for candidates of one type, base address and server. */
  readonly foundation: string;
  /** RFC 8839 5.1: the base of a candidate that is not its own base. */
  readonly related?: Endpoint;
}

/** RFC 8445 5.1.2.2. */
const typePreference: Readonly<Record<CandidateType, number>> = {
  host: 126,
  prflx: 110,
  srflx: 100,
  relay: 0,
};

/** The local preference of the most preferred. */
const mostPreferred = 65_535;

/** RFC 8445 5.1.2.1, for component 1. */
export function priorityOf(type: CandidateType, localPreference = mostPreferred): number {
  return typePreference[type] * 2 ** 24 + localPreference * 2 ** 8 + 255;
}

/** RFC 8445 7.1.1: what a check tells is the priority that its sender would have as peer-reflexive. */
export function priorityInCheck({ priority }: Candidate): number {
  return priorityOf('prflx', Math.floor(priority / 2 ** 8) % 2 ** 16);
}

/** A candidate at our only local address, or what a server sees of it: the type alone makes the foundation. */
export function ownCandidate(type: CandidateType, address: Endpoint, related?: Endpoint): Candidate {
  return { type, address, priority: priorityOf(type), foundation: type, related };
}

/**
 * A candidate at the TURN server. Of several the one is preferred whose way to the server comes first on the ladder: UDP, then
 * TCP, then TLS (RFC 8445 5.1.2.2), and TCP 80 before TLS 443 (TS 33.203 W.3.1.3).
 */
export function relayedCandidate(way: Rung, address: Endpoint): Candidate {
  const place = relayRungs.findIndex((rung) => isSameRung(rung, way));
  return {
    type: 'relay',
    address,
    priority: priorityOf('relay', mostPreferred - Math.max(place, 0)),
    // 5.1.1.3: another one where another protocol is spoken with the server. RFC 8839 5.1: letters and digits.
    foundation: `relay${way.through === 'direct' ? way.transport : way.through}${way.port}`,
    // RFC 8839 5.1: the related address may be concealed in this way; it is not needed.
    related: { ip: '0.0.0.0', port: 9 },
  };
}

/**
 * Orders pairs by RFC 8445 6.1.2.3, 2^32 MIN(G,D) + 2 MAX(G,D) + (G>D ? 1 : 0), whose value a number cannot hold.
 * @param a priorities of the controlling agent's candidate and of the controlled one's
 * @returns below 0 when `a` is to be checked first
 */
export function comparePairs(a: PairPriorities, b: PairPriorities): number {
  return (
    Math.min(b.controlling, b.controlled) - Math.min(a.controlling, a.controlled) ||
    Math.max(b.controlling, b.controlled) - Math.max(a.controlling, a.controlled) ||
    Number(b.controlling > b.controlled) - Number(a.controlling > a.controlled)
  );
}

export interface PairPriorities {
  readonly controlling: number;
  readonly controlled: number;
}
