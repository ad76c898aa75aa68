import { registrationRungs } from '../ladder';
import { climb } from './climb';
import type { Scenario } from './scenario';

/** The UE and the peer exchange a large content in an MSRP session, over a TURN TCP allocation from step 2 on. */
export const msrp: Scenario = {
  id: 'msrp',
  title: 'An MSRP session with a large content each way',
  source: 'TR 33.830 clause 8.3 ("three TLS connections"); RFC 4975; RFC 6062',
  needs: ['pcscf', 'ims-core', 'turn', 'peer'],
  needsPeer: true,
  run: (ue, context) => climb(registrationRungs, context, (rung) => ue.msrp(rung)),
};
