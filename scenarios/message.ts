import { registrationRungs } from '../ladder';
import { defineScenario } from './scenario';

/** The UE sends the peer a message and gets one back, over the one connection of its registration. */
export const message = defineScenario({
  id: 'message',
  title: 'A message to the peer and one back',
  source: 'TR 33.830 clause 8.3 ("a single TLS connection"); RFC 3428',
  ladder: registrationRungs,
  climbs: 'all',
  session: 'none',
  isClaimed: true,
  needs: ['pcscf', 'ims-core', 'peer'],
  needsPeer: true,
  columns: [
    ['taken after', 'message-answered-after'],
    ['one back after', 'message-back-after'],
    ['TLS connections', 'tls-connections'],
  ],
  play: (phone, rung) => phone.attempt('message', rung),
});
