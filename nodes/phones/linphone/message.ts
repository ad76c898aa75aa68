import { AttemptFailure } from '../../ue/failure';
import type { Subscriber } from '../../ue/protocol';
import type { UeTimers } from '../../ue/timers';
import { answeredByPeer, newText, reachedBy, type SentMessage } from '../messages';
import type { LinphoneDaemon } from './daemon';
import type { Registered } from './registered';

/** Sends the peer a message and waits for the one that it sends back. */
export function message({ daemon, config, timers }: Registered): Promise<void> {
  const text = newText();
  return answeredByPeer(send(daemon, config.peerIdentity, text), text, 64 * timers.sipT1);
}

/** Waits until the network has shown that it reaches the phone, without which it is not registered. */
export function reachItself(daemon: LinphoneDaemon, { impu }: Subscriber, timers: UeTimers): Promise<void> {
  return reachedBy(send(daemon, impu, newText()), 64 * timers.sipT1);
}

/** Sends a message. `taken` resolves when it was answered with a 2xx, `back` with the text of the next one that comes. */
function send(daemon: LinphoneDaemon, to: string, text: string): SentMessage {
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
