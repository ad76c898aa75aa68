import { registrationLadder } from '../ladder';
import { defineScenario } from './scenario';

/** The UE sends the peer a message and gets one back, over the one connection of its registration. */
export const message = defineScenario({
  id: 'message',
  title: 'A message to the peer and one back',
  source:
    'TR 33.830 clause 8.3 ("a single TLS connection"); TS 24.229 5.1.2A; TS 24.247 (page mode); RFC 3428 4 and 7',
  ladder: registrationLadder,
  climbs: 'all',
  session: 'none',
  isClaimed: true,
  needs: ['pcscf', 'hss', 'ims-core', 'peer'],
  needsPeer: true,
  columns: [
    ['taken after', 'message-answered-after'],
    ['one back after', 'message-back-after'],
    ['TLS connections', 'tls-connections'],
  ],
  play: (phone, rung) => phone.attempt('message', rung),
});
