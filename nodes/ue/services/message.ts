import { randomUUID } from 'node:crypto';
import { AttemptFailure } from '../failure';
import { whileRegistered, type ServiceContext } from './registered';

/** The prefix with which the other end sends a message back. */
export const answerPrefix = 're: ';

/**
 * Sends the peer a message and waits for the one that it sends back (RFC 3428), over
 * the one flow of the registration.
 */
export function message(context: ServiceContext): Promise<void> {
  const { config, timers, attempt } = context;
  return whileRegistered(context, async (ue) => {
    const text = `nimsfw ${randomUUID()}`;
    const sent = ue.moment('send');
    await ue.agent.message(config.peerIdentity, text);
    attempt.measureBetween('message-answered-after', sent, ue.moment('receive'));
    const answer = await ue.within(
      64 * timers.sipT1,
      ue.messages.next(),
      () =>
        new AttemptFailure(
          'TIMEOUT',
          'the peer took the message, but the one that it sends back did not come',
        ),
    );
    // The message may have come before the answer and have waited here, so its own time counts.
    attempt.measureBetween('message-back-after', sent, ue.moment('receive', answer.at));
    if (answer.text !== answerPrefix + text) {
      throw new AttemptFailure(
        'CONTENT_WRONG',
        `another message came than was sent: ${answer.text.slice(0, 80)}`,
      );
    }
  });
}
