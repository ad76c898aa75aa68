import { randomUUID } from 'node:crypto';
import { within } from '../../../kit/deadline';
import { AttemptFailure } from '../../ue/failure';
import { answerPrefix } from '../../ue/services/message';
import type { Registered } from './driver';

/** Sends the peer a message and waits for the one that it sends back (RFC 3428). */
export async function message({ daemon, config, timers }: Registered): Promise<void> {
  const text = `nimsfw ${randomUUID()}`;
  const taken = daemon.until((told) => {
    if (told.kind !== 'event' || told.event.type !== 'message-state-changed') return undefined;
    const { State } = told.event.fields;
    if (State === 'LinphoneChatMessageStateNotDelivered')
      throw daemon.refusalOf('MESSAGE') ?? new AttemptFailure('UNTOLD', 'nobody answered the message');
    return State === 'LinphoneChatMessageStateDelivered' || undefined;
  });
  const back = daemon.until((told) =>
    told.kind === 'event' && told.event.type === 'message-received'
      ? (told.event.fields.Content ?? '')
      : undefined,
  );
  daemon.command(`message ${config.peerIdentity} ${text}`);
  const late = (what: string) => (): AttemptFailure => new AttemptFailure('UNTOLD', what);
  const withinMs = 64 * timers.sipT1;
  await within(withinMs, taken, late('nobody answered the message'));
  const answer = await within(
    withinMs,
    back,
    late('the peer took the message, but the one that it sends back did not come'),
  );
  if (answer !== `"${answerPrefix}${text}"`)
    throw new AttemptFailure('CONTENT_WRONG', `another message came than was sent: ${answer.slice(0, 80)}`);
}
