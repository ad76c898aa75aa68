import { registrationRungs } from '../ladder';
import { climb } from './climb';
import type { Scenario } from './scenario';

/**
 * The firewall forgets idle connections. With keep-alives the UE outlives ten of these time-outs and is still called;
 * without them it is not. It takes its time, so it is played as a UE climbs, up to the first step that passes, also where
 * the other scenarios measure every step.
 */
export const keepalive: Scenario = {
  id: 'keepalive',
  title: 'Connections kept alive beyond the idle time-out of the firewall',
  source: 'TR 33.830 clause 8.3 ("maintained by sending keep-alive messages"); RFC 5626; RFC 6223; RFC 8656',
  needs: ['pcscf', 'ims-core', 'turn', 'peer'],
  needsPeer: true,
  spendsTime: 'waiting',
  needsIdleTimeout: true,
  run: (ue, context) =>
    climb(registrationRungs, { ...context, ladder: 'stop' }, (rung) => ue.keepalive(rung)),
};
