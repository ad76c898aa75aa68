import { registrationRungs } from '../ladder';
import { climb } from './climb';
import type { Scenario } from './scenario';

/** The UE registers: the control plane of the CR. */
export const register: Scenario = {
  id: 'register',
  title: 'Registration with SIP Digest',
  source: 'TR 33.830 clause 8.3, steps 1 to 3; TS 33.203 Annexes N, O and W.3',
  needs: ['pcscf', 'ims-core'],
  run: (ue, context) => climb(registrationRungs, context, (rung) => ue.register(rung)),
};
