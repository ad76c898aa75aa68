import { registrationLadder, type Rung } from '../ladder';
import { measured, type MeasurementName } from '../nodes/ue/measurements/catalogue';
import type { AttemptReport, Measurement, Talking } from '../nodes/ue/protocol';
import { climb } from './climb';
import { breakBeforeMake, mediaSeconds } from './option';
import { defineScenario, type Scenario, type ScenePhone, type ServiceParameters } from './scenario';

/**
 * In a call the UE moves to another access network: it attaches there, climbs that network's ladder, registers, and
 * has the session transferred, as TS 24.237 has it for PS-PS access transfer with full media: its INVITE goes to the
 * SCC AS, which anchors the session, and names the source access leg. The AS gives the peer the new description by a
 * re-INVITE, and releases the source leg (TS 23.237 6.3.2.2.1). On each network the UE climbs up to the first step
 * that passes.
 *
 * Make before break is a UE with two radios, which uses both networks for a moment: it names the source leg by Replaces
 * to the static STI. Break before make is a UE with one: the old network is gone, nobody has hung up, and the AS keeps
 * the remote leg; it names the source leg by Target-Dialog to the session's own STI. So each way is played.
 *
 * An MSRP session is not moved: its stream is a connection, of which what was sent and not acknowledged is lost with
 * the network; the UE would begin a new one on the new network (RFC 4975 5.4), which is what `msrp` measures there.
 */
export const accessChange: Scenario = defineScenario({
  id: 'access-change',
  title: 'A call moved to another access network',
  source:
    'TR 33.830 clause 8.3 ("procedures for session continuity"); TS 23.237 6.3.2.2.1; TS 24.237 10.2, 10.3',
  ladder: registrationLadder,
  climbs: 'first',
  session: 'rtp',
  isClaimed: true,
  needs: ['pcscf', 'hss', 'ims-core', 'scc-as', 'turn', 'peer'],
  needsPeer: true,
  moves: true,
  options: [mediaSeconds, breakBeforeMake],
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
      talking: (told) => {
        moving = move(phone, left, told, mediaMs);
        moving.catch(() => undefined);
        nowTalking();
      },
    },
  );
  await Promise.race([left, new Promise<void>((resolve) => (nowTalking = resolve))]);
  await moving;
  return left;
}

/** Moves the call, with the old network or without it. */
async function move(
  phone: ScenePhone,
  left: Promise<AttemptReport>,
  { attempt, dialog, remoteTarget }: Talking,
  mediaMs: number,
): Promise<void> {
  const abandon = (): void => phone.abandon(attempt);
  if (!phone.option(breakBeforeMake)) {
    // If the arrival has not taken the call away by the time it ends, the call stays, so the attempt to leave can end.
    const transfers = { ...dialog, by: 'replaces' } as const;
    await arrive(phone, () => left, { mediaMs, transfers }).finally(abandon);
    return;
  }
  const bringBack = await phone.cutOff();
  // Nobody has told the phone on the old network that the call is gone. A proxy there logs a tunnel when it can close it.
  const ending = async (): Promise<AttemptReport> => {
    await bringBack();
    abandon();
    return left;
  };
  const sti = remoteTarget === undefined ? {} : { sti: remoteTarget };
  const transfers = { ...dialog, by: 'target-dialog', ...sti } as const;
  await arrive(phone, ending, { mediaMs, transfers }).finally(ending);
}

/**
 * Climbs the ladder of the other network and has the session transferred there.
 * @param leaving waits for the attempt to leave
 */
async function arrive(
  { elsewhere }: ScenePhone,
  leaving: () => Promise<AttemptReport>,
  parameters: ServiceParameters,
): Promise<void> {
  if (!elsewhere) throw new Error('this cell has no network to move to');
  await climb(accessChange, elsewhere.context, (rung) =>
    elsewhere.attempt('arrive', rung, parameters, {
      // Only a successful arrival ends the attempt to leave, so a failed one must not wait for that.
      measured: async (arrived) =>
        arrived.end === 'passed' ? interruptions(elsewhere, await leaving(), arrived) : [],
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
 * Measures how long nothing arrived between two legs. It is 0 ms if the new one was heard before the old one fell
 * silent; there is no measurement if one of the two times is not known.
 */
export function interruption(name: MeasurementName, last?: number, first?: number): Measurement[] {
  if (last === undefined || first === undefined) return [];
  return [measured(name, Math.round(Math.max(0, first - last) * 10) / 10)];
}
