import { isSameRung, relayRungs, type Rung } from '../../../ladder';
import type { Endpoint } from '../protocol';

/**
 * The types of candidates (RFC 8445 5.1.1): the address of one's own socket, that socket's address as a server or a
 * peer sees it, and an address at a TURN server.
 */
export type CandidateType = 'host' | 'srflx' | 'prflx' | 'relay';

/** A candidate. There is only one component, RTP and RTCP on the same port (RFC 5761). */
export interface Candidate {
  readonly type: CandidateType;
  readonly address: Endpoint;
  readonly priority: number;
  /** The foundation, which is equal for candidates of the same type, base address and server (RFC 8445 5.1.1.3). */
  readonly foundation: string;
  /** The base of a candidate that is not its own base (RFC 8839 5.1). */
  readonly related?: Endpoint;
}

/** The type preferences that RFC 8445 5.1.2.2 recommends. */
const typePreference: Readonly<Record<CandidateType, number>> = {
  host: 126,
  prflx: 110,
  srflx: 100,
  relay: 0,
};

/** The local preference of the most preferred candidate. */
const mostPreferred = 65_535;

/** Computes the priority of a candidate for component 1 (RFC 8445 5.1.2.1). */
export function priorityOf(type: CandidateType, localPreference = mostPreferred): number {
  return typePreference[type] * 2 ** 24 + localPreference * 2 ** 8 + 255;
}

/** Returns the priority in checks from a candidate: the one that it would have as peer-reflexive (RFC 8445 7.1.1). */
export function priorityInCheck({ priority }: Candidate): number {
  return priorityOf('prflx', Math.floor(priority / 2 ** 8) % 2 ** 16);
}

/**
 * Makes a candidate of the UE's own socket, or of that socket's address as a server sees it. There is only one
 * local address, so the type alone is the foundation.
 */
export function ownCandidate(type: CandidateType, address: Endpoint, related?: Endpoint): Candidate {
  return { type, address, priority: priorityOf(type), foundation: type, related };
}

/**
 * Makes a candidate at the TURN server. Of several candidates the one is preferred whose way to the server comes
 * first on the ladder: UDP, then TCP, then TLS (RFC 8445 5.1.2.2), and TCP 80 before TLS 443 (TS 33.203 W.3.1.3).
 */
export function relayedCandidate(way: Rung, address: Endpoint): Candidate {
  const place = relayRungs.findIndex((rung) => isSameRung(rung, way));
  return {
    type: 'relay',
    address,
    priority: priorityOf('relay', mostPreferred - Math.max(place, 0)),
    // The foundation differs with the protocol to the server (RFC 8445 5.1.1.3), and has
    // letters and digits (RFC 8839 5.1).
    foundation: `relay${way.through === 'direct' ? way.transport : way.through}${way.port}`,
    // The related address is not needed, and may be concealed in this way (RFC 8839 5.1).
    related: { ip: '0.0.0.0', port: 9 },
  };
}

/**
 * Orders pairs by their priority (RFC 8445 6.1.2.3): 2^32 MIN(G,D) + 2 MAX(G,D) + (G>D ? 1 : 0). The parts are
 * compared one by one, since a number cannot hold the value.
 * @param a priorities of the candidates of the controlling agent and of the controlled one
 * @returns below 0 if `a` is to be checked first
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

/**
 * Returns the default candidate, which is the one that most likely works with an end that has no ICE:
 * relayed, then reflexive, then host (RFC 8839 4.2.1.3). Of several relayed ones it is the most preferred,
 * since all are equally easy to reach.
 */
export function defaultCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  const likelihood = ({ type }: Candidate): number => ['host', 'prflx', 'srflx', 'relay'].indexOf(type);
  const [best] = [...candidates].sort((a, b) => likelihood(b) - likelihood(a) || b.priority - a.priority);
  return best;
}
