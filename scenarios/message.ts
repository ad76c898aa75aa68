import { registrationRungs } from '../ladder';
import { climb } from './climb';
import type { Scenario } from './scenario';

/** The UE sends the peer a message and gets one back, over the one connection of its registration. */
export const message: Scenario = {
  id: 'message',
  title: 'A message to the peer and one back',
  source: 'TR 33.830 clause 8.3 ("a single TLS connection"); RFC 3428',
  needs: ['pcscf', 'ims-core', 'peer'],
  needsPeer: true,
  run: (ue, context) => climb(registrationRungs, context, (rung) => ue.message(rung)),
};
