import { newAudio, offersSrtp, talk, tellAudio, timingOffer } from './audio';
import { RegisteredUe, whileRegistered, type ServiceContext } from './registered';
import { whileStanding } from './standing';

/**
 * Calls the peer and talks until the call is moved away; the peer then ends it (RFC 3891). The attempt has passed
 * when media flow. Whether the move succeeds is the result of the attempt on the other network.
 */
export async function leave(context: ServiceContext): Promise<void> {
  const { request, config, attempt } = context;
  const ue = await RegisteredUe.register(context);
  ue.keepAlive();
  const audio = newAudio(context, offersSrtp(request));
  let invited = ue.moment('send');
  const standing = await ue.whileReachable(
    ue.agent.call(
      config.peerIdentity,
      timingOffer(audio, () => (invited = ue.moment('send'))),
    ),
  );
  await ue.whileReachable(whileStanding(standing, audio.flowing()));
  attempt.pass();
  attempt.tellTalking(standing.dialog);
  const { by } = await ue.whileReachable(standing.ended);
  tellAudio('left', audio.quality(), invited, attempt);
  attempt.measure('old-leg-released', by === 'them' ? 'by the peer' : `by ${by}`);
  await audio.released();
  await ue.takeLeave();
}

/** Registers on another access network, and takes over the call from the network that the UE leaves (RFC 3891). */
export function arrive(context: ServiceContext): Promise<void> {
  const { request, config, attempt } = context;
  return whileRegistered(context, async (ue) => {
    const audio = newAudio(context, offersSrtp(request));
    let invited = ue.moment('send');
    const standing = await ue.agent.call(
      config.peerIdentity,
      timingOffer(audio, () => (invited = ue.moment('send'))),
      { replaces: request.replaces },
    );
    const quality = await talk(audio, standing, request.mediaMs);
    tellAudio('arrived', quality, invited, attempt);
    await standing.hangUp();
    await audio.released();
  });
}
