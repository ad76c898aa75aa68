import { registrationLadder } from '../ladder';
import { idleSeconds } from './option';
import { defineScenario } from './scenario';

/** How many of the firewall's time-outs a connection with keep-alives has to outlive. The CR gives no number. */
const idleTimesOutlived = 10;

/**
 * The firewall forgets idle connections. With keep-alives the UE outlives ten of these time-outs and is still called;
 * without them it is not.
 */
export const keepalive = defineScenario({
  id: 'keepalive',
  title: 'Connections kept alive beyond the idle time-out of the firewall',
  source: 'TR 33.830 clause 8.3 ("maintained by sending keep-alive messages"); RFC 5626; RFC 6223; RFC 8656',
  ladder: registrationLadder,
  climbs: 'first',
  session: 'relay',
  isClaimed: true,
  needs: ['pcscf', 'hss', 'ims-core', 'turn', 'peer'],
  needsPeer: true,
  spendsTime: 'waiting',
  idle: idleSeconds,
  options: [idleSeconds],
  columns: [
    ['call without', 'call-without-keep-alives'],
    ['noticed after', 'loss-noticed-after'],
    ['registered after', 'registered-again-after'],
    ['call with', 'call-with-keep-alives'],
    ['relay with', 'relay-with-keep-alives'],
  ],
  play: (phone, rung) =>
    phone.attempt('keepalive', rung, {
      idleMs: phone.option(idleSeconds) * 1000,
      idleTimes: idleTimesOutlived,
    }),
});
