import { relayRungs } from '../ladder';
import { defineScenario } from './scenario';

/** The UE gets a relayed address and data flows to a peer and back: the media plane of the CR, before any call. */
export const relay = defineScenario({
  id: 'relay',
  title: 'TURN allocation, permission, data to a peer and back',
  source: 'TR 33.830 clause 8.3; TS 33.203 W.3.1.3; RFC 8656',
  ladder: relayRungs,
  climbs: 'all',
  session: 'none',
  isClaimed: true,
  needs: ['turn', 'peer'],
  play: (phone, rung) => phone.attempt('relay', rung),
});
