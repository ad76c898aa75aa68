import { registrationLadder } from '../ladder';
import { msrpBytes } from './option';
import { defineScenario } from './scenario';

/** The UE and the peer exchange a large content in an MSRP session, over a TURN TCP allocation from step 2 on. */
export const msrp = defineScenario({
  id: 'msrp',
  title: 'An MSRP session with a large content each way',
  source:
    'TR 33.830 clause 8.3 ("three TLS connections"); TS 33.203 W.3.1.2, W.3.3; TS 24.247 (session mode); RFC 4975 5 to 7; RFC 6062 4',
  ladder: registrationLadder,
  climbs: 'all',
  session: 'msrp',
  isClaimed: true,
  needs: ['pcscf', 'hss', 'ims-core', 'turn', 'peer'],
  needsPeer: true,
  options: [msrpBytes],
  columns: [
    ['content', 'content'],
    ['out', 'throughput-out'],
    ['both ways after', 'both-ways-after'],
    ['TLS connections', 'tls-connections'],
    ['TLS set-up', 'tls-setup-full'],
    ['resumed', 'tls-setup-resumed'],
  ],
  play: (phone, rung) => phone.attempt('msrp', rung, { bytes: phone.option(msrpBytes) }),
});
