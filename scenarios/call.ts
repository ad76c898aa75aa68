import { registrationLadder } from '../ladder';
import { measured } from '../nodes/ue/measurements/catalogue';
import type { AttemptReport, Measurement } from '../nodes/ue/protocol';
import { callsAtOnce, mediaSeconds } from './option';
import { defineScenario, type ScenePhone } from './scenario';

/**
 * The UE calls the peer and is called by it, with RTP in both directions: IMS
 * multimedia telephony through the wall.
 */
export const call = defineScenario({
  id: 'call',
  title: 'A call to the peer and one from it, with RTP both ways',
  source:
    'TR 33.830 clause 8.3; TS 33.203 W.3.2; TS 24.229 5.1.2A, 5.1.3, 5.1.4, 6.1 and K.5; RFC 3262; RFC 3264; RFC 4028; RFC 8445; RFC 8839',
  ladder: registrationLadder,
  climbs: 'all',
  session: 'rtp',
  isClaimed: true,
  needs: ['pcscf', 'hss', 'ims-core', 'turn', 'peer'],
  needsPeer: true,
  spendsTime: 'talking',
  options: [mediaSeconds, callsAtOnce],
  columns: [
    ['media', 'outgoing-path'],
    ['first RTP at UE', 'outgoing-time-to-media', 'incoming-time-to-media'],
    ['at peer', 'outgoing-time-to-media-at-peer', 'incoming-time-to-media-at-peer'],
    ['loss', 'outgoing-loss-in', 'incoming-loss-in'],
    ['jitter', 'outgoing-jitter-in-mean', 'incoming-jitter-in-mean'],
    ['at most', 'outgoing-jitter-in-max', 'incoming-jitter-in-max'],
    ['round trip', 'outgoing-round-trip', 'incoming-round-trip'],
    ['MOS of G.711', 'outgoing-mos', 'incoming-mos'],
    ['bytes a packet, PCMA', 'bytes-per-packet-pcma'],
    ['overhead', 'overhead-pcma'],
    ['AMR-WB size', 'bytes-per-packet-amr-wb'],
    ['overhead', 'overhead-amr-wb'],
  ],
  play: (phone, rung) =>
    phone.attempt(
      'call',
      rung,
      { mediaMs: phone.option(mediaSeconds) * 1000 },
      { measured: (report) => heardAtPeer(phone, report) },
    ),
});

/** Measures how long after each INVITE the peer heard the first RTP, for an attempt that passed. */
async function heardAtPeer(phone: ScenePhone, { end, media = [] }: AttemptReport): Promise<Measurement[]> {
  if (end !== 'passed') return [];
  const calls = (await phone.callsAtPeer()).slice(-media.length);
  return media.flatMap(({ invitedAt }, index) => {
    const first = calls[index]?.first;
    const name = `${index === 0 ? 'outgoing' : 'incoming'}-time-to-media-at-peer` as const;
    return first === undefined ? [] : [measured(name, Math.round((first - invitedAt) * 100) / 100)];
  });
}
