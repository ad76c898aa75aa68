import { registrationRungs } from '../../ladder';
import { defineScenario } from '../../scenarios/scenario';

/**
 * A scenario of one's own: how far must a UE climb until it can send a message? It is played up to the first rung
 * that passes, with the phone's action for `message`.
 */
export const firstMessage = defineScenario({
  id: 'first-message',
  title: 'A message over the first rung that passes',
  source: 'TR 33.830 clause 8.3, steps 1 to 3; RFC 3428',
  ladder: registrationRungs,
  climbs: 'first',
  session: 'none',
  // The sentences of the change request are about other scenarios.
  isClaimed: false,
  needs: ['pcscf', 'ims-core', 'peer'],
  needsPeer: true,
  columns: [['rid of it after', 'message-answered-after']],
  play: (phone, rung) => phone.attempt('message', rung),
});
