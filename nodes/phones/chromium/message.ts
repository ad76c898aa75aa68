import { randomUUID } from 'node:crypto';
import { within } from '../../../kit/deadline';
import { AttemptFailure } from '../../ue/failure';
import { printable } from '../../ue/excerpt';
import { answerPrefix } from '../../ue/services/message';
import { eventIn, type Registered } from './registered';

/** Sends the peer a message and waits for the one that it sends back (RFC 3428). */
export async function message({ browser, config, timers }: Registered): Promise<void> {
  const text = `nimsfw ${randomUUID()}`;
  const taken = browser.until((told) => eventIn(told, 'message-taken'));
  const back = browser.until((told) => eventIn(told, 'message-came')?.text);
  await browser.act('message', config.peerIdentity, text);
  const withinMs = 64 * timers.sipT1;
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
