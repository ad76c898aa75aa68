import { randomUUID } from 'node:crypto';
import { within } from '../../../kit/deadline';
import { AttemptFailure } from '../../ue/failure';
import { printable } from '../../ue/excerpt';
import type { Subscriber } from '../../ue/protocol';
import { answerPrefix } from '../../ue/services/message';
import type { UeTimers } from '../../ue/timers';
import type { LinphoneDaemon } from './daemon';
import type { Registered } from './registered';

/** Sends the peer a message and waits for the one that it sends back (RFC 3428). */
export async function message({ daemon, config, timers }: Registered): Promise<void> {
  const text = newText();
  const { taken, back } = send(daemon, config.peerIdentity, text);
  const withinMs = 64 * timers.sipT1;
  await within(withinMs, taken, untold('nobody answered the message'));
  const late = untold('the peer took the message, but the one that it sends back did not come');
  const answer = await within(withinMs, back, late);
  if (answer !== answerPrefix + text)
    throw new AttemptFailure(
      'CONTENT_WRONG',
      `another message came than was sent: ${printable(answer.slice(0, 80))}`,
    );
}

/**
 * Waits until the network has shown that it reaches the phone, without which it is not registered. Linphone does not
 * subscribe to its registration (TS 24.229 5.1.1.3), whose NOTIFY would show it, so it sends itself a message: nobody but
 * itself can answer that with a 2xx.
 */
export async function reachItself(
  daemon: LinphoneDaemon,
  { impu }: Subscriber,
  timers: UeTimers,
): Promise<void> {
  const late = 'registered, but its message to itself did not come';
  const { taken } = send(daemon, impu, newText());
  try {
    await within(64 * timers.sipT1, taken, untold('nobody answered it'));
  } catch (error) {
    throw error instanceof AttemptFailure && error.code !== 'INTERNAL'
      ? new AttemptFailure('UNTOLD', `${late}: ${error.message}`)
      : error;
  }
}

/** Sends a message. `taken` resolves when it was answered with a 2xx, `back` with the text of the next one that comes. */
function send(
  daemon: LinphoneDaemon,
  to: string,
  text: string,
): { readonly taken: Promise<true>; readonly back: Promise<string> } {
  const taken = daemon.until((told) => {
    if (told.kind !== 'event' || told.event.type !== 'message-state-changed') return undefined;
    const { State } = told.event.fields;
    if (State === 'LinphoneChatMessageStateNotDelivered')
      throw daemon.refusalOf('MESSAGE') ?? new AttemptFailure('UNTOLD', 'nobody answered the message');
    return State === 'LinphoneChatMessageStateDelivered' || undefined;
  });
  const back = daemon.until((told) =>
    told.kind === 'event' && told.event.type === 'message-received'
      ? told.event.fields.Content?.replace(/^"(.*)"$/, '$1')
      : undefined,
  );
  daemon.command(`message ${to} ${text}`);
  return { taken, back };
}

const newText = (): string => `nimsfw ${randomUUID()}`;

const untold = (text: string) => (): AttemptFailure => new AttemptFailure('UNTOLD', text);
