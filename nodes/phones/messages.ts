import { randomUUID } from 'node:crypto';
import { within } from '../../kit/deadline';
import { printable } from '../ue/excerpt';
import { AttemptFailure } from '../ue/failure';
import { answerPrefix } from '../ue/services/message';

/** Returns a text that no other message has. */
export const newText = (): string => `nimsfw ${randomUUID()}`;

/** A message (RFC 3428) that a phone has sent. */
export interface SentMessage {
  /** Resolves when it was answered with a 2xx; rejects with why it was not. */
  readonly taken: Promise<unknown>;
  /** Resolves with the text of the next message that comes. */
  readonly back: Promise<string>;
}

/**
 * Waits for what shows that the network reaches a phone: somebody's 2xx to the message that it sends itself, which nobody but
 * itself can give. A phone that does not subscribe to its registration (TS 24.229 5.1.1.3) gets no NOTIFY that would show it.
 *
 * @throws AttemptFailure `UNTOLD`, since why the network does not reach it is more than a phone knows
 */
export async function reachedBy({ taken }: Pick<SentMessage, 'taken'>, withinMs: number): Promise<void> {
  try {
    await within(withinMs, taken, () => new AttemptFailure('TIMEOUT', 'nobody answered it'));
  } catch (error) {
    throw error instanceof AttemptFailure && error.code !== 'INTERNAL'
      ? new AttemptFailure('UNTOLD', `registered, but its message to itself did not come: ${error.message}`)
      : error;
  }
}

/**
 * Waits until the peer has taken a message and sent one back.
 * @throws AttemptFailure why it did not; `CONTENT_WRONG` if it is another one
 */
export async function answeredByPeer(
  { taken, back }: SentMessage,
  text: string,
  withinMs: number,
): Promise<void> {
  const late = (what: string) => (): AttemptFailure => new AttemptFailure('TIMEOUT', what);
  await within(withinMs, taken, late('nobody answered the message'));
  const noAnswer = late('the peer took the message, but the one that it sends back did not come');
  const answer = await within(withinMs, back, noAnswer);
  if (answer !== answerPrefix + text)
    throw new AttemptFailure(
      'CONTENT_WRONG',
      `another message came than was sent: ${printable(answer.slice(0, 80))}`,
    );
}
