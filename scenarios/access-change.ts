import { registrationRungs, type Rung } from '../ladder';
import type { AttemptReport, Measurement } from '../nodes/ue/protocol';
import { climb } from './climb';
import { mediaSeconds } from './option';
import { defineScenario, type Scenario, type ScenePhone } from './scenario';

/**
 * In a call the UE moves to another access network: it attaches there, climbs that network's ladder, registers, and
 * moves the session by an INVITE with Replaces; then the old leg is released.
 *
 * This plays the session level of TS 24.237. There the INVITE goes to a service continuity application
 * server, which stands in for the peer towards the old leg; here it goes to the peer itself (RFC 3891). The
 * UE uses both networks at once for a moment, like a UE with two radios. On each network the UE climbs up
 * to the first step that passes.
 */
export const accessChange: Scenario = defineScenario({
  id: 'access-change',
  title: 'A call moved to another access network',
  source: 'TR 33.830 clause 8.3 ("procedures for session continuity"); TS 24.237; RFC 3891',
  ladder: registrationRungs,
  climbs: 'first',
  session: 'rtp',
  isClaimed: true,
  needs: ['pcscf', 'ims-core', 'turn', 'peer'],
  needsPeer: true,
  moves: true,
  options: [mediaSeconds],
  columns: [
    ['media there', 'arrived-path'],
    ['silence at UE', 'media-interruption-at-ue'],
    ['at peer', 'media-interruption-at-peer'],
    ['MOS there', 'arrived-mos'],
  ],
  play: leave,
});

/**
 * Calls the peer and moves to the other network while the two talk. The attempt ends when the call has been moved
 * away, or when every way to move it has failed.
 */
async function leave(phone: ScenePhone, rung: Rung): Promise<AttemptReport> {
  const mediaMs = phone.option(mediaSeconds) * 1000;
  let moving: Promise<void> | undefined;
  let nowTalking: () => void = () => undefined;
  const left = phone.attempt(
    'leave',
    rung,
    { mediaMs },
    {
      talking: ({ attempt, dialog }) => {
        // If the arrival has not taken the call away by the time it ends, the call stays,
        // so the attempt to leave can end.
        moving = arrive(phone, left, { mediaMs, replaces: dialog }).finally(() => phone.abandon(attempt));
        moving.catch(() => undefined);
        nowTalking();
      },
    },
  );
  await Promise.race([left, new Promise<void>((resolve) => (nowTalking = resolve))]);
  await moving;
  return left;
}

/** Climbs the ladder of the other network and takes the call over there. */
async function arrive(
  { elsewhere }: ScenePhone,
  left: Promise<AttemptReport>,
  parameters: NonNullable<Parameters<ScenePhone['attempt']>[2]>,
): Promise<void> {
  if (!elsewhere) throw new Error('this cell has no network to move to');
  await climb(accessChange, elsewhere.context, (rung) =>
    elsewhere.attempt('arrive', rung, parameters, {
      // Only a successful arrival ends the attempt to leave, so a failed one must not wait for that.
      measured: async (arrived) =>
        arrived.end === 'passed' ? interruptions(elsewhere, await left, arrived) : [],
    }),
  );
}

/** Measures how long no RTP arrived at the UE and at the peer while the session moved. */
async function interruptions(
  phone: ScenePhone,
  left: AttemptReport,
  arrived: AttemptReport,
): Promise<Measurement[]> {
  const [before, after] = (await phone.callsAtPeer()).slice(-2);
  return [
    ...interruption('media-interruption-at-ue', left.media?.at(-1)?.until, arrived.media?.[0]?.from),
    ...interruption('media-interruption-at-peer', before?.last, after?.first),
  ];
}

/**
 * Measures how long nothing arrived between two calls. It is 0 ms if the new call was heard before the old one fell
 * silent; there is no measurement if one of the two times is not known.
 */
export function interruption(name: string, last?: number, first?: number): Measurement[] {
  if (last === undefined || first === undefined) return [];
  return [{ name, value: Math.round(Math.max(0, first - last) * 10) / 10, unit: 'ms' }];
}
