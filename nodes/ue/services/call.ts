import { keyingOf, newAudio, keyingFor, talk, tellAudio, timingOffer } from './audio';
import { whileRegistered, type RegisteredUe, type ServiceContext } from './registered';

/** Calls the peer and talks, then is called by it and talks: a mobile originated and a mobile terminated call. */
export function call(context: ServiceContext): Promise<void> {
  return whileRegistered(context, async (ue) => {
    await outgoing(ue, context);
    await incoming(ue, context);
  });
}

async function outgoing(ue: RegisteredUe, context: ServiceContext): Promise<void> {
  const { request, config, attempt } = context;
  const audio = newAudio(context, keyingFor(request));
  let invited = ue.moment('send');
  const standing = await ue.agent.call(
    config.peerIdentity,
    timingOffer(audio, () => (invited = ue.moment('send'))),
  );
  const quality = await talk(audio, standing, request.mediaMs);
  tellAudio('outgoing', quality, invited, attempt);
  await standing.hangUp();
  await audio.released();
}

/** Waits for the peer's call, which the lab has the peer make. */
async function incoming(ue: RegisteredUe, context: ServiceContext): Promise<void> {
  const { request, attempt } = context;
  const invite = await ue.called(context);
  const invited = ue.moment('receive', invite.at);
  const audio = newAudio(context, keyingOf(invite.offer));
  const standing = await invite.answer(audio);
  const quality = await talk(audio, standing, request.mediaMs);
  tellAudio('incoming', quality, invited, attempt);
  await standing.hangUp();
  await audio.released();
}
