import { randomUUID } from 'node:crypto';
import { within } from '../../../kit/deadline';
import { printable } from '../../ue/excerpt';
import { AttemptFailure } from '../../ue/failure';
import { answerPrefix } from '../../ue/services/message';
import type { Registered } from './registered';
import { fieldOf, type TracedMessage } from './sip-trace';

/** A message on its way. */
interface SentMessage {
  /** Resolves when the text that is awaited in return has come; rejects with `CONTENT_WRONG` if it is another. */
  readonly back: Promise<string>;
  /** Says in words how the network refused the message; empty if it did not. */
  readonly refusal: () => string;
  /** Rejects with `SIP_REFUSED` when the network has refused the message. */
  readonly refused: Promise<never>;
}

/**
 * Sends somebody a message (RFC 3428).
 * @param to one of the contacts in its configuration
 * @param awaited the text that is to come back
 */
export async function sendMessage(
  { baresip }: Pick<Registered, 'baresip'>,
  to: string,
  text: string,
  awaited: string,
): Promise<SentMessage> {
  let callId: string | undefined;
  let status: TracedMessage['status'];
  const refused = baresip.until<never>((told) => {
    if (told.kind !== 'sip') return undefined;
    const { message } = told;
    if (message.isSent && message.method === 'MESSAGE') callId ??= fieldOf(message, 'Call-ID');
    if (message.isSent || callId === undefined || fieldOf(message, 'Call-ID') !== callId) return undefined;
    if (message.status === undefined || message.status.code < 300) return undefined;
    status = message.status;
    throw new AttemptFailure('SIP_REFUSED', `MESSAGE: ${shown(status)}`);
  });
  const back = baresip.until((told) => {
    if (told.kind !== 'sip' || told.message.isSent || told.message.method !== 'MESSAGE') return undefined;
    const { body } = told.message;
    if (body === awaited) return body;
    throw new AttemptFailure('CONTENT_WRONG', `another message came than was sent: ${printable(body)}`);
  });
  const next = await baresip.command('contact_next');
  if (!next.includes(`<${to}>`)) await baresip.command('contact_prev');
  await baresip.command('message', text);
  return { back, refused, refusal: () => (status ? `: ${shown(status)}` : '') };
}

const shown = ({ code, reason }: NonNullable<TracedMessage['status']>): string =>
  printable(`${code} ${reason}`.trim());

/** Sends the peer a message and waits for the one that it sends back. */
export async function message(phone: Registered): Promise<void> {
  const { config, timers } = phone;
  const text = `nimsfw ${randomUUID()}`;
  const { back, refused } = await sendMessage(phone, config.peerIdentity, text, answerPrefix + text);
  await within(
    64 * timers.sipT1,
    Promise.race([back, refused]),
    () => new AttemptFailure('TIMEOUT', 'the message that the peer sends back did not come'),
  );
}
