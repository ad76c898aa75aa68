import { registrationRungs } from '../ladder';
import { climb } from './climb';
import type { Scenario } from './scenario';

/**
 * In a call the UE moves to another access network: it attaches there, climbs that network's ladder, registers, and moves
 * the session by an INVITE with Replaces; then the old leg is released.
 *
 * Of TS 24.237 this is the session level: there the INVITE goes to a service continuity application server, which stands
 * in for the peer towards the old leg; here it goes to the peer itself (RFC 3891). Both networks are used at once for a
 * moment, as by a UE with two radios. On either network the UE climbs up to the first step that passes.
 */
export const accessChange: Scenario = {
  id: 'access-change',
  title: 'A call moved to another access network',
  source: 'TR 33.830 clause 8.3 ("procedures for session continuity"); TS 24.237; RFC 3891',
  needs: ['pcscf', 'ims-core', 'turn', 'peer'],
  needsPeer: true,
  moves: true,
  run: (ue, context) =>
    climb(registrationRungs, { ...context, ladder: 'stop' }, (rung) =>
      ue.leave(rung, ({ context: there, arrive }) =>
        climb(registrationRungs, { ...there, ladder: 'stop' }, arrive),
      ),
    ),
};
