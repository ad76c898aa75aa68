import { newAudio, keyingFor, talk, tellAudio, timingOffer } from './audio';
import { AttemptFailure } from '../failure';
import type { ServiceRequest, Transfer } from '../protocol';
import { RegisteredUe, whileRegistered, type ServiceContext } from './registered';
import { whileStanding } from './standing';

/**
 * Calls the peer and talks until the session is moved away; the SCC AS then releases this leg, or, if the network is
 * gone by then, nobody does. The attempt has passed when media flow. Whether the move succeeds is the result of the
 * attempt on the other network.
 */
export async function leave(context: ServiceContext): Promise<void> {
  const { request, config, attempt } = context;
  const ue = await RegisteredUe.register(context);
  ue.keepAlive();
  const audio = newAudio(context, keyingFor(request));
  let invited = ue.moment('send');
  const standing = await ue.whileReachable(
    ue.agent.call(
      config.peerIdentity,
      timingOffer(audio, () => (invited = ue.moment('send'))),
    ),
  );
  await ue.whileReachable(whileStanding(standing, audio.flowing()));
  attempt.pass();
  // However the attempt ends, what was heard until then is told; what is told last runs first.
  attempt.closeAtEnd(() => tellAudio('left', audio.quality(), invited, attempt));
  attempt.tellTalking(standing.dialog, standing.remoteTarget);
  const { by } = await ue.whileReachable(standing.ended);
  attempt.measure('old-leg-released', by === 'them' ? 'by the SCC AS' : `by ${by}`);
  await audio.released();
  await ue.takeLeave();
}

/**
 * Registers on another access network, and has the session of the network that the UE leaves transferred to it: an
 * INVITE to the session transfer identifier names the source access leg (TS 24.237 10.2.1). The answer is that of the
 * peer, to which the SCC AS has handed the offer on.
 */
export function arrive(context: ServiceContext): Promise<void> {
  const { request, config, attempt } = context;
  return whileRegistered(context, async (ue) => {
    const audio = newAudio(context, keyingFor(request));
    let invited = ue.moment('send');
    const { by, sti = config.staticSti, ...source } = transferOf(request);
    if (sti === undefined) throw new AttemptFailure('UNSUPPORTED', 'no session transfer identifier is known');
    const standing = await ue.agent.call(
      sti,
      timingOffer(audio, () => (invited = ue.moment('send'))),
      by === 'replaces' ? { replaces: source } : { targets: source },
    );
    const quality = await talk(audio, standing, request.mediaMs);
    tellAudio('arrived', quality, invited, attempt);
    await standing.hangUp();
    await audio.released();
  });
}

function transferOf({ transfers }: ServiceRequest): Transfer {
  if (transfers === undefined)
    throw new AttemptFailure('UNSUPPORTED', 'no session is named to be transferred');
  return transfers;
}
