import { answeredByPeer, newText } from '../messages';
import { eventIn, type Registered } from './registered';

/** Sends the peer a message and waits for the one that it sends back. */
export async function message({ browser, config, timers }: Registered): Promise<void> {
  const text = newText();
  const taken = browser.until((told) => eventIn(told, 'message-taken'));
  const back = browser.until((told) => eventIn(told, 'message-came')?.text);
  await browser.act('message', config.peerIdentity, text);
  await answeredByPeer({ taken, back }, text, 64 * timers.sipT1);
}
