import { within } from '../../../kit/deadline';
import { printable } from '../../ue/excerpt';
import { AttemptFailure } from '../../ue/failure';
import type { Told } from './browser';
import type { PageEvent } from './page-protocol';
import { eventIn, type Registered } from './registered';
import { turnUrl } from './relay';

/** Milliseconds that a call talks if the request does not say. */
const defaultMediaMs = 3000;

/** Calls the peer and talks, then is called by it and talks. */
export async function call(phone: Registered): Promise<void> {
  const { browser, config, timers, attempt } = phone;
  const { turn } = config;
  // Media take the counterpart of the signalling's way: TURN in TLS on 443, by the proxy if SIP goes by it.
  const way = { transport: 'tls', host: turn.name, port: turn.ports.https } as const;
  const settings = { turn: { url: turnUrl(way), username: turn.username, credential: turn.password } };
  const standing = browser.until((told) => callEvent(told, 'call-stands'));
  const outgoing = talk('outgoing', phone);
  // What fails meanwhile is told by the one that is awaited first.
  outgoing.catch(() => undefined);
  await browser.act('call', config.peerIdentity, settings);
  await within(timers.sipAnswer, standing, late('nobody answered the call'));
  await outgoing;

  // The peer offers what other phones take first, which fails, and then what a browser takes.
  const invited = browser.until((told) => eventIn(told, 'call-stands'));
  const incoming = talk('incoming', phone);
  incoming.catch(() => undefined);
  await browser.act('answerAll', settings);
  attempt.tellReachable(timers.incomingCall);
  const text = `the peer's call did not arrive within ${timers.incomingCall / 1000} s`;
  await within(timers.incomingCall, invited, late(text));
  await incoming;
}

/**
 * Waits until a call is heard at both ends, talks over it, and hangs up. Begin it before the call.
 * @param which the name of the call, with which the names of its measurements begin
 */
async function talk(which: string, { browser, request, timers, attempt }: Registered): Promise<void> {
  const standing = browser.until((told) => eventIn(told, 'call-stands'));
  const heard = browser.until((told) => eventIn(told, 'both-hear'));
  const ended = browser.until((told) => eventIn(told, 'call-ended'));
  // WebRTC reports every 5 s or so, so that a short call may end before it knows.
  browser
    .until((told) => eventIn(told, 'call-ended') ?? eventIn(told, 'round-trip'))
    .then(
      (event) =>
        event.type === 'round-trip' &&
        attempt.measure(`${which}-round-trip`, Math.round(event.ms * 100) / 100),
      () => undefined,
    );
  await standing;
  const tooEarly = ended.then((): never => {
    throw new AttemptFailure('HUNG_UP', 'the call ended too early: the other end hung up');
  });
  tooEarly.catch(() => undefined);
  const noVoice = new AttemptFailure(
    'NO_MEDIA',
    'the call is established, and voice does not pass both ways',
  );
  const { path, codec } = await Promise.race([tooEarly, within(timers.firstMedia, heard, () => noVoice)]);
  attempt.measure(`${which}-path`, path);
  attempt.measure(`${which}-codec`, codec);
  attempt.measure(`${which}-srtp`, 'yes');
  await Promise.race([
    tooEarly,
    new Promise((resolve) => setTimeout(resolve, request.mediaMs ?? defaultMediaMs)),
  ]);
  await browser.act('hangUp');
  await within(64 * timers.sipT1, ended, late('nobody answered BYE'));
}

/** Returns the event of a call that this end makes. @throws AttemptFailure also if the call fails */
function callEvent<T extends PageEvent['type']>(told: Told, type: T) {
  if (told.kind === 'page' && told.event.type === 'call-failed')
    throw new AttemptFailure('UNTOLD', `the call was not established: ${printable(told.event.cause)}`);
  return eventIn(told, type);
}

const late = (text: string) => (): AttemptFailure => new AttemptFailure('TIMEOUT', text);
