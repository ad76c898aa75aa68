import { resolve } from 'node:path';
import { within } from '../../../kit/deadline';
import type { Attempt } from '../../ue/attempt';
import { AttemptFailure, asFailure } from '../../ue/failure';
import type { Subscriber, UeConfig } from '../../ue/protocol';
import { proxyFor } from '../../ue/server-ways';
import { isActiveIn } from '../../ue/sip/reginfo';
import { instanceOf, registrationSeconds } from '../../ue/sip/registration';
import { headerOf, keyOf } from '../../ue/sip/sip-text';
import { timersOf, type UeTimers } from '../../ue/timers';
import type { Action, DrivenPhone } from '../driver';
import { Browser } from './browser';
import { capabilities } from './capabilities';
import { message } from './message';
import { refusedTunnel } from './net-error';
import { eventIn, type Registered } from './registered';
import { trustIn } from './trust';

/** Makes the phone: each attempt has a Chromium of its own, whose page registers, does the service and takes leave. */
export async function makeChromium(config: UeConfig): Promise<DrivenPhone> {
  const timers = timersOf(config.timers);
  const home = resolve('home');
  await trustIn(home, resolve('trust.pem'));
  let leaving: Promise<unknown> = Promise.resolve();
  const whileRegistered =
    (service: (phone: Registered) => Promise<void>): Action =>
    async (request, attempt) => {
      if (request.transport !== 'wss')
        throw new AttemptFailure(
          'UNSUPPORTED',
          'a page in a browser has SIP over WebSocket alone (RFC 7118)',
        );
      const { name, address, ports } = config.pcscf;
      const browser = Browser.start({
        home,
        parent: process.cwd(),
        // Where there is a name server, it asks that.
        hosts: config.resolver ? {} : { [name]: address },
        proxy: endpointOf(proxyFor(request, config)),
        keyLog: (line) => attempt.tellKeyLog(line),
      });
      attempt.closeAtEnd(() => {
        leaving = browser.leave(timers.goodbye);
      });
      const authority = `${name}:${ports.https}`;
      try {
        await browser.open();
        tellIdentifiers(browser, attempt);
        await register(browser, `wss://${authority}`, request.subscriber ?? config.subscriber, timers);
        await service({ browser, attempt, config, timers });
      } catch (error) {
        const { certificate, tunnelReply = '' } = await browser.leave(timers.goodbye);
        if (certificate) attempt.tellCertificate(certificate);
        const failure = asFailure(error);
        throw (failure.code === 'UNTOLD' && refusedTunnel(tunnelReply, authority)) || failure;
      }
    };
  return {
    capabilities,
    actions: {
      register: whileRegistered(() => Promise.resolve()),
      message: whileRegistered(message),
    },
    settled: () => leaving,
  };
}

/**
 * Registers, and waits until the network has notified the page of its registration (TS 24.229 5.1.1.3), which shows that it
 * can reach it.
 */
async function register(
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

/** Announces the identifiers of the requests that the page sends. In TLS nobody else can read them. */
function tellIdentifiers(browser: Browser, attempt: Attempt): void {
  const ended = browser.until((told) => {
    if (told.kind !== 'frame' || !told.isSent || told.text.startsWith('SIP/2.0 ')) return undefined;
    const callId = headerOf(told.text, 'Call-ID');
    const branch = keyOf(told.text)?.branch;
    if (callId !== undefined) attempt.tellIdentifier('sip-call-id', callId);
    if (branch !== undefined) attempt.tellIdentifier('sip-branch', branch);
    return undefined;
  });
  // It listens until the browser ends.
  ended.catch(() => undefined);
}

const endpointOf = (proxy: UeConfig['proxy']) => proxy && { ip: proxy.address, port: proxy.port };
