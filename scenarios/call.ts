import { registrationRungs } from '../ladder';
import { climb } from './climb';
import type { Scenario } from './scenario';

/** The UE calls the peer and is called by it, with RTP in both directions: IMS multimedia telephony through the wall. */
export const call: Scenario = {
  id: 'call',
  title: 'A call to the peer and one from it, with RTP both ways',
  source: 'TR 33.830 clause 8.3; TS 33.203 W.3; TS 24.229 annexes F and K; RFC 8445',
  needs: ['pcscf', 'ims-core', 'turn', 'peer'],
  needsPeer: true,
  spendsTime: 'talking',
  run: (ue, context) => climb(registrationRungs, context, (rung) => ue.call(rung)),
};
