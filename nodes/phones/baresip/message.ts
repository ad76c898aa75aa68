import { AttemptFailure } from '../../ue/failure';
import { answeredByPeer, newText, type SentMessage } from '../messages';
import { fieldOf, statusWords } from '../traced-message';
import type { Registered } from './registered';

/**
 * Sends somebody a message.
 * @param to one of the contacts in its configuration
 */
export async function sendMessage(
  { baresip }: Pick<Registered, 'baresip'>,
  to: string,
  text: string,
): Promise<SentMessage> {
  let callId: string | undefined;
  const taken = baresip.until((told) => {
    if (told.kind !== 'sip') return undefined;
    const { isSent, method, status } = told.message;
    const itsCallId = fieldOf(told.message, 'Call-ID');
    if (isSent && method === 'MESSAGE') callId ??= itsCallId;
    if (isSent || status === undefined || status.code < 200 || itsCallId !== callId) return undefined;
    if (status.code < 300) return true;
    throw new AttemptFailure('SIP_REFUSED', `MESSAGE: ${statusWords(status)}`);
  });
  const back = baresip.until((told) =>
    told.kind === 'sip' && !told.message.isSent && told.message.method === 'MESSAGE'
      ? told.message.body
      : undefined,
  );
  const next = await baresip.command('contact_next');
  if (!next.includes(`<${to}>`)) await baresip.command('contact_prev');
  await baresip.command('message', text);
  return { taken, back };
}

/** Sends the peer a message and waits for the one that it sends back. */
export async function message(phone: Registered): Promise<void> {
  const { config, timers } = phone;
  const text = newText();
  await answeredByPeer(await sendMessage(phone, config.peerIdentity, text), text, 64 * timers.sipT1);
}
