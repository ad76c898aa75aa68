import { relayRungs } from './ladder';
import { isInTls, protocolOf, type Rung } from './rung';

/** The media of a session: RTP goes over UDP and UDP allocations, MSRP over TCP and TCP allocations (RFC 6062). */
export type SessionKind = 'rtp' | 'msrp';

/** The ways that a session may take. */
export interface MediaWays {
  /**
   * Says whether the UE's own address is a candidate. For RTP, from step 2 on, so is the
   * address that a STUN server sees.
   */
  readonly host: boolean;
  /** The ways to the TURN server, the most preferred first (TS 33.203 W.3.1.3). They are tried side by side. */
  readonly turn: readonly Rung[];
}

/**
 * Returns the ways that the media of a session take when its signalling takes this rung (TS 33.203 Annex W). In
 * step 1 the media go from host to host. Step 2 also uses the usual ports of the TURN server. Step 3 uses TURN on
 * the web's ports instead, by CONNECT if the signalling goes by CONNECT. RTP is relayed only where nothing better
 * works (TS 33.203 W.3.2), so its host candidate is always there. An MSRP session whose signalling is in TLS stays
 * in TLS throughout: the CR counts its TLS connections (I8).
 */
export function mediaWays(kind: SessionKind, signalling: Rung): MediaWays {
  const { step } = signalling;
  if (step === 1) return { host: true, turn: [] };
  const isInTunnelAlike = (rung: Rung): boolean => step === 2 || rung.through === signalling.through;
  const isForMsrp = (rung: Rung): boolean =>
    protocolOf(rung) === 'tcp' && (!isInTls(signalling) || isInTls(rung));
  const turn = relayRungs.filter(
    (rung) => rung.step === step && isInTunnelAlike(rung) && (kind === 'rtp' || isForMsrp(rung)),
  );
  return { host: kind === 'rtp', turn };
}
