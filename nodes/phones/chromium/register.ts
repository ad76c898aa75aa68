import { within } from '../../../kit/deadline';
import type { Attempt } from '../../ue/attempt';
import { AttemptFailure } from '../../ue/failure';
import type { Subscriber } from '../../ue/protocol';
import { isActiveIn } from '../../ue/sip/reginfo';
import { instanceOf, registrationSeconds } from '../../ue/sip/registration';
import type { UeTimers } from '../../ue/timers';
import { tellIdentifiers, tracedMessage } from '../traced-message';
import type { Browser } from './browser';
import { eventIn } from './registered';

/**
 * Registers, and waits until the network has notified the page of its registration (TS 24.229 5.1.1.3), which shows that it
 * can reach it.
 */
export async function register(
  browser: Browser,
  url: string,
  subscriber: Subscriber,
  timers: UeTimers,
): Promise<void> {
  const { impu, impi } = subscriber;
  const registered = browser.until((told) => eventIn(told, 'registered')?.contact);
  const notified = browser.until((told) => {
    const notification = eventIn(told, 'notified');
    return notification && registered.then((contact) => isActiveIn(notification.body, impu, contact));
  });
  await browser.act('register', {
    ...{ url, ...subscriber, instance: instanceOf(impi), expires: registrationSeconds },
  });
  await within(timers.connect, registered, late(`not registered within ${timers.connect / 1000} s`));
  // Timer N of RFC 6665 4.1.2.4.
  const timerN = 64 * timers.sipT1;
  if (!(await within(timerN, notified, late('registered, and no notification of it came'))))
    throw new AttemptFailure('SIP_PROTOCOL', 'the network notifies that this Contact is not registered');
}

const late = (text: string) => (): AttemptFailure => new AttemptFailure('TIMEOUT', text);

/** Announces the identifiers of the requests that the page sends, as long as the browser runs. */
export function tellSent(browser: Browser, attempt: Attempt): void {
  const over = browser.until((told) => {
    const sent =
      told.kind === 'frame' && told.isSent ? tracedMessage(true, told.text.split('\r\n')) : undefined;
    if (sent) tellIdentifiers(sent, attempt);
    return undefined;
  });
  over.catch(() => undefined);
}
