import { within } from '../../../kit/deadline';
import { isByConnect } from '../../../ladder';
import { AttemptFailure } from '../../ue/failure';
import type { LinphoneDaemon, Told } from './daemon';
import type { DaemonEvent } from './event';
import type { Registered } from './registered';

/** Milliseconds that a call talks if the request does not say. */
const defaultMediaMs = 3000;

/** Calls the peer and talks, then is called by it and talks. */
export async function call(phone: Registered): Promise<void> {
  const { daemon, config, timers, attempt } = phone;
  const answered = established(daemon);
  daemon.command(`call ${config.peerIdentity}`);
  await talk('outgoing', phone, await within(timers.sipAnswer, answered, untold('nobody answered the call')));

  const invited = daemon.until((told) => callIn(told, 'IncomingReceived'));
  attempt.tellReachable(timers.incomingCall);
  const late = untold(`the peer's call did not arrive within ${timers.incomingCall / 1000} s`);
  const id = await within(timers.incomingCall, invited, late);
  const standing = established(daemon);
  daemon.command(`answer ${id}`);
  await talk(
    'incoming',
    phone,
    await within(timers.sipAnswer, standing, untold("the peer's call was answered and not established")),
  );
}

/**
 * Talks over an established call and hangs up.
 * @param which the name of the call, with which the names of its measurements begin
 */
async function talk(which: string, phone: Registered, id: string): Promise<void> {
  const { daemon, request, timers, attempt } = phone;
  const ended = daemon.until((told) => callIn(told, 'End', 'Error'));
  const tooEarly = ended.then((): never => {
    throw new AttemptFailure('HUNG_UP', 'the call ended too early: the other end hung up');
  });
  tooEarly.catch(() => undefined);
  const stats = await Promise.race([tooEarly, bothHear(phone, id)]);
  attempt.measure(`${which}-path`, paths[stats['ICE state'] ?? ''] ?? 'no ICE');
  if (stats.Mime !== undefined) attempt.measure(`${which}-codec`, stats.Mime);
  attempt.measure(`${which}-round-trip`, Math.round(Number(stats.RoundTripDelay) * 1e5) / 100);
  await Promise.race([
    tooEarly,
    new Promise((resolve) => setTimeout(resolve, request.mediaMs ?? defaultMediaMs)),
  ]);
  daemon.command(`terminate ${id}`);
  await within(64 * timers.sipT1, ended, untold('nobody answered BYE'));
}

/** How ICE's state in the statistics is written in measurements. */
const paths: Readonly<Record<string, string>> = {
  'Host connection': 'host',
  'Reflexive connection': 'srflx',
  'Relayed connection': 'relay',
};

/**
 * Waits until media flow both ways: RTP comes, and the other end has reported by RTCP that it gets what this end sends.
 * Then Linphone knows the round trip (RFC 3550 6.4.1).
 *
 * @returns the statistics of the call
 */
async function bothHear({ daemon, request, timers }: Registered, id: string): Promise<DaemonEvent['fields']> {
  const heard = daemon.until((told) => (told.kind === 'audio' && told.received > 0) || undefined);
  const reported = daemon.until((told) => {
    if (told.kind !== 'event' || told.event.type !== 'call-stats') return undefined;
    const { fields } = told.event;
    return fields.Id === id && Number(fields.RoundTripDelay) > 0 ? fields : undefined;
  });
  const noVoice = (what: string) => (): AttemptFailure => {
    const { relayWithoutAnswer: relay } = daemon;
    const besideProxy = isByConnect(request) ? ', to which Linphone goes without the web proxy' : '';
    const why = relay === undefined ? '' : `; no answer came from the TURN server at ${relay}${besideProxy}`;
    return new AttemptFailure('UNTOLD', `no voice: ${what}${why}`);
  };
  await within(timers.firstMedia, heard, noVoice('the call is established, and no RTP comes'));
  return within(timers.firstMedia, reported, noVoice('RTP comes, and the other end reports none'));
}

/** Waits until the next call is established. @returns its id */
const established = (daemon: LinphoneDaemon): Promise<string> =>
  daemon.until((told) => {
    if (callIn(told, 'End', 'Error') !== undefined)
      throw (
        daemon.refusalOf('INVITE') ??
        new AttemptFailure('UNTOLD', 'the call was not established; Linphone does not say why')
      );
    return callIn(told, 'StreamsRunning');
  });

/** Returns the id of the call that has come into one of these states, if this tells so. */
function callIn(told: Told, ...states: readonly string[]): string | undefined {
  if (told.kind !== 'event' || told.event.type !== 'call-state-changed') return undefined;
  const { Event, Id } = told.event.fields;
  return states.some((state) => Event === `LinphoneCall${state}`) ? Id : undefined;
}

const untold = (text: string) => (): AttemptFailure => new AttemptFailure('UNTOLD', text);
