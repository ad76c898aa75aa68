import { within } from '../../../kit/deadline';
import { elapsed } from '../../../kit/elapsed';
import { printable } from '../../ue/excerpt';
import { AttemptFailure } from '../../ue/failure';
import { defaultMediaMs, type Registered } from './registered';
import type { ControlEvent } from './process';

/** Calls the peer and talks, then is called by it, which the lab has it do, and talks. */
export async function call(phone: Registered): Promise<void> {
  const { baresip, attempt, config, timers } = phone;
  const calling = follow(phone);
  await baresip.command('dial', config.peerIdentity);
  await talk(phone, 'outgoing', calling, timers.sipAnswer, 'the peer did not answer');
  const called = follow(phone);
  attempt.tellReachable(timers.incomingCall);
  await talk(phone, 'incoming', called, timers.incomingCall, "the peer's call did not arrive");
}

/** A call as baresip tells of it. It has to be followed from before it begins. */
interface Followed {
  readonly established: Promise<unknown>;
  /** Resolves when RTP has come in. */
  readonly heard: Promise<unknown>;
  /** Resolves when it counts packets that it has sent, and some that have come. */
  readonly bothWays: Promise<unknown>;
  /** Resolves, with the reason, when it is over. */
  readonly closed: Promise<string>;
}

function follow({ baresip }: Registered): Followed {
  const event = <T>(look: (event: ControlEvent) => T | undefined): Promise<T> =>
    baresip.until((told) => (told.kind === 'event' ? look(told.event) : undefined));
  return {
    established: event(({ type }) => type === 'CALL_ESTABLISHED' || undefined),
    heard: event(({ type }) => type === 'CALL_RTPESTAB' || undefined),
    bothWays: event(({ rtcp }) => (rtcp && rtcp.sent > 0 && rtcp.received > 0) || undefined),
    closed: event(({ type, param }) => (type === 'CALL_CLOSED' ? param || 'no reason given' : undefined)),
  };
}

async function talk(
  { baresip, attempt, request, timers }: Registered,
  which: 'outgoing' | 'incoming',
  { established, heard, bothWays, closed }: Followed,
  withinMs: number,
  lateText: string,
): Promise<void> {
  let isEstablished = false;
  const early = closed.then((reason): never => {
    if (isEstablished) throw new AttemptFailure('HUNG_UP', `the call ended too early: ${printable(reason)}`);
    throw callFailure(reason);
  });
  early.catch(() => undefined);
  const late = (code: 'NO_ANSWER' | 'TIMEOUT' | 'NO_MEDIA', text: string, ms: number): (() => Error) => {
    return () => new AttemptFailure(code, `${text} within ${ms / 1000} s`);
  };
  const none = which === 'outgoing' ? 'NO_ANSWER' : 'TIMEOUT';
  await within(withinMs, Promise.race([established, early]), late(none, lateText, withinMs));
  isEstablished = true;
  const { firstMedia } = timers;
  await within(firstMedia, Promise.race([heard, early]), late('NO_MEDIA', 'no RTP came', firstMedia));
  const over = new AbortController();
  await Promise.race([elapsed(request.mediaMs ?? defaultMediaMs, over.signal), early]).finally(() =>
    over.abort(),
  );
  await within(
    firstMedia,
    Promise.race([bothWays, early]),
    late('NO_MEDIA', 'RTP did not go both ways', firstMedia),
  );
  attempt.measure(`${which}-codec`, 'PCMA');
  attempt.measure(`${which}-srtp`, 'no');
  await baresip.command('hangup');
  await within(timers.goodbye, closed, () => new AttemptFailure('INTERNAL', 'baresip does not hang up'));
}

/** Returns why a call did not come about: baresip gives the status line of the refusal as the reason. */
function callFailure(reason: string): AttemptFailure {
  const said = printable(reason);
  if (/^488 /.test(reason)) return new AttemptFailure('NOT_ACCEPTABLE', `INVITE: ${said}`);
  if (/^[3-6]\d\d /.test(reason)) return new AttemptFailure('SIP_REFUSED', `INVITE: ${said}`);
  return new AttemptFailure('UNTOLD', `the call failed: ${said}`);
}
