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

/** RFC 8445 5.1.2.1, for component 1 and the only local address that there is. */
export function priorityOf(type: CandidateType): number {
  return typePreference[type] * 2 ** 24 + 65_535 * 2 ** 8 + 255;
}

/** A candidate of our own. One address, and one server of each sort: the type alone makes the foundation. */
export function ownCandidate(type: CandidateType, address: Endpoint, related?: Endpoint): Candidate {
  return { type, address, priority: priorityOf(type), foundation: type, related };
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

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.ip === b.ip && a.port === b.port;
}

export function showEndpoint({ ip, port }: Endpoint): string {
  return `${ip}:${port}`;
}
