import { createRequire } from 'node:module';

const requireHere = createRequire(__filename);

/**
 * What is loaded only when first used: twelve UEs start at once, and each of these costs as much processor time as
 * half of Node itself.
 */
export const load = {
  /** JsSIP. */
  registration: () => requireHere('./sip/registration') as typeof import('./sip/registration'),
  relay: () => requireHere('./turn/relay') as typeof import('./turn/relay'),
  /** JsSIP with sessions, ICE, RTP and MSRP. */
  services: () => requireHere('./services') as typeof import('./services'),
  otherEnd: () => requireHere('./services/other-end') as typeof import('./services/other-end'),
  probe: () => requireHere('./probe') as typeof import('./probe'),
  /** zod. */
  protocol: () => requireHere('./protocol') as typeof import('./protocol'),
};
