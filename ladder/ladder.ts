import { makeRung, type Rung } from './rung';

/**
 * The rungs of IMS registration (TS 33.203 Annexes N and W.3.1); IMS AKA with IPsec
 * would add rungs to steps 1 and 2.
 */
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

/** All rungs by which some phone can register. A phone climbs the {@link webSocketRungs} only if it declares `wss`. */
export const registrationLadder: readonly Rung[] = [...registrationRungs, ...webSocketRungs];

/** The rungs to a TURN server, in the order of TS 33.203 W.3.1.3. */
export const relayRungs: readonly Rung[] = [
  makeRung({ step: 2, server: 'turn', transport: 'udp', port: 3478 }),
  makeRung({ step: 2, server: 'turn', transport: 'tcp', port: 3478 }),
  makeRung({ step: 2, server: 'turn', transport: 'tls', port: 5349 }),
  makeRung({ step: 3, server: 'turn', transport: 'tcp', port: 80 }),
  makeRung({ step: 3, server: 'turn', transport: 'tls', port: 443 }),
  makeRung({ step: 3, server: 'turn', transport: 'tls', port: 443, through: 'connect' }),
];
