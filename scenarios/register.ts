import { registrationLadder } from '../ladder';
import { defineScenario } from './scenario';

/** The UE registers: the control plane of the CR. */
export const register = defineScenario({
  id: 'register',
  title: 'Registration',
  source:
    'TR 33.830 clause 8.3, steps 1 to 3; TS 24.229 5.1.1.2.1, 5.1.1.2.2, 5.1.1.3, 5.1.1.5.1; TS 33.203 6, 7, Annexes M, N, O and W.3; RFC 3310; RFC 3329; RFC 3680',
  ladder: registrationLadder,
  climbs: 'all',
  session: 'none',
  isClaimed: true,
  needs: ['pcscf', 'hss', 'ims-core'],
  play: (phone, rung) => phone.attempt('register', rung),
});
