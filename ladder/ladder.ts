import { espInUdpPort, makeRung, type Rung, type Security, type Step } from './rung';

/** The rungs of IMS registration by SIP Digest (TS 33.203 Annexes N and W.3.1). */
export const registrationRungs: readonly Rung[] = [
  makeRung({ step: 1, server: 'pcscf', transport: 'udp', port: 5060 }),
  makeRung({ step: 2, server: 'pcscf', transport: 'udp', port: 5060 }),
  makeRung({ step: 2, server: 'pcscf', transport: 'tls', port: 5061 }),
  makeRung({ step: 3, server: 'pcscf', transport: 'tls', port: 443 }),
  makeRung({ step: 3, server: 'pcscf', transport: 'tls', port: 443, through: 'connect' }),
];

/**
 * The rungs of registration from a web browser, whose SIP is over WebSocket in TLS (RFC 7118, TS 24.371). They are step 3,
 * because the network sees TLS on port 443. Other phones lack nothing without them.
 */
export const webSocketRungs: readonly Rung[] = [
  makeRung({ step: 3, server: 'pcscf', transport: 'wss', port: 443 }),
  makeRung({ step: 3, server: 'pcscf', transport: 'wss', port: 443, through: 'connect' }),
];

/**
 * The rungs of registration by IMS AKA (TS 33.203 6 and 7, TS 24.229 5.1.1.2.2). After a first REGISTER over UDP in plain,
 * all SIP goes in ESP in transport mode, the normal procedure; the alternative for NAT is ESP in tunnel mode inside UDP (TS
 * 33.203 Annex M). There is no third one: step 3 has TLS and SIP Digest whatever the UE began with (TS 33.203 W.3).
 */
export const akaRungs: readonly Rung[] = [
  makeRung({ step: 1, server: 'pcscf', transport: 'udp', port: 5060, security: 'aka' }),
  makeRung({ step: 2, server: 'pcscf', transport: 'udp', port: espInUdpPort, security: 'aka' }),
];

/** All rungs by which some phone can register. A phone climbs the {@link webSocketRungs} only if it declares `wss`. */
export const registrationLadder: readonly Rung[] = [...akaRungs, ...registrationRungs, ...webSocketRungs];

/**
 * Returns the rungs of a ladder that a UE with this security climbs: its own, and those of step 3, which has one security
 * for all (TS 33.203 W.3). A ladder without a rung of this security is not for it.
 */
export const ladderOf = (ladder: readonly Rung[], wanted: Security): readonly Rung[] =>
  ladder.some(({ security }) => security === wanted)
    ? ladder.filter(({ security, step }) => security === wanted || step === 3)
    : [];

/** Says whether a ladder has a rung at one of these steps for a UE with this security. */
export const isClimbable = (ladder: readonly Rung[], security: Security, steps: readonly Step[]): boolean =>
  ladderOf(ladder, security).some(({ step }) => steps.includes(step));

/** The rungs to a TURN server, in the order of TS 33.203 W.3.1.3. */
export const relayRungs: readonly Rung[] = [
  makeRung({ step: 2, server: 'turn', transport: 'udp', port: 3478 }),
  makeRung({ step: 2, server: 'turn', transport: 'tcp', port: 3478 }),
  makeRung({ step: 2, server: 'turn', transport: 'tls', port: 5349 }),
  makeRung({ step: 3, server: 'turn', transport: 'tcp', port: 80 }),
  makeRung({ step: 3, server: 'turn', transport: 'tls', port: 443 }),
  makeRung({ step: 3, server: 'turn', transport: 'tls', port: 443, through: 'connect' }),
];
