import type { AttemptLike } from '../attempt';
import type { Attempt } from '../attempt';
import { isInTls, mediaWays, suites, type Rung } from '../../../ladder';
import { RtpMedia, type CallQuality } from '../media/rtp-media';
import type { Moment, ServiceRequest, UeConfig } from '../protocol';
import type { Access } from '../dialler/dialler';
import type { SessionMedia } from '../session';
import type { Call } from '../sip/call';
import type { UeTimers } from '../timers';
import { whileStanding } from './standing';

/** What the audio of a call is made of. */
export interface AudioContext {
  readonly request: Rung;
  readonly config: UeConfig;
  readonly access: Access;
  readonly timers: UeTimers;
  readonly attempt: AttemptLike;
}

/** How long a call talks where nothing else is asked for, in milliseconds. */
const defaultMediaMs = 3000;

/** The audio of one call, over the ways that the rung allows. */
export function newAudio({ request, ...rest }: AudioContext, srtp: boolean): RtpMedia {
  return new RtpMedia({ ...rest, ways: mediaWays('rtp', request) }, { srtp });
}

/**
 * Whether a UE offers SRTP: its key stands in the offer (SDES, RFC 4568), so only where the signalling hides it. With a NULL
 * suite nothing is hidden, as the CR has it for where confidentiality is not needed.
 */
export function offersSrtp(request: ServiceRequest): boolean {
  return isInTls(request) && suites[request.suite].encrypts;
}

/** Whether an offer, if there is one, wants SRTP. */
export const isSrtp = (offer = ''): boolean => /^a=crypto:/m.test(offer);

/** As `media`, and tells when the offer is ready, with which the INVITE leaves. */
export function timingOffer(media: SessionMedia, offered: () => void): SessionMedia {
  return {
    offer: async () => {
      const offer = await media.offer();
      offered();
      return offer;
    },
    answer: (offer) => media.answer(offer),
    accept: (answer) => media.accept(answer),
    close: () => media.close(),
  };
}

/**
 * Talks over a call that stands.
 * @throws AttemptFailure `HUNG_UP` when the call ends meanwhile, and what the media throws
 */
export function talk(media: RtpMedia, call: Call, ms = defaultMediaMs): Promise<CallQuality> {
  return whileStanding(call, media.talk(ms));
}

/**
 * Tells what was measured of a call.
 * @param which call of the attempt: begins the names
 * @param invited when its INVITE left or came
 */
export function tellAudio(
  which: string,
  quality: CallQuality,
  invited: Moment,
  attempt: Pick<Attempt, 'measure' | 'measureBetween' | 'tellMedia'>,
): void {
  const { first, last, longestGapMs } = quality.arrivals;
  const measure = (name: string, value: number | undefined, unit: string): void => {
    if (value !== undefined) attempt.measure(`${which}-${name}`, Math.round(value * 100) / 100, unit);
  };
  attempt.measure(`${which}-path`, quality.path);
  attempt.measure(`${which}-srtp`, quality.srtp ? 'yes' : 'no');
  measure('gathering', quality.gatheredAfterMs, 'ms');
  measure('loss-in', quality.lossInPercent, '%');
  measure('loss-out', quality.lossOutPercent, '%');
  measure('jitter-in-mean', quality.jitterInMs, 'ms');
  measure('jitter-in-max', quality.jitterInMaxMs, 'ms');
  measure('jitter-out-mean', quality.jitterOutMs, 'ms');
  measure('jitter-out-max', quality.jitterOutMaxMs, 'ms');
  measure('round-trip', quality.roundTripMs, 'ms');
  measure('longest-gap', longestGapMs, 'ms');
  measure('mos', quality.mos, '');
  measure('pacing-p95', quality.pacingP95Ms, 'ms');
  if (first === undefined || last === undefined) return;
  const { socket } = quality.pair.local;
  attempt.measureBetween(`${which}-time-to-media`, invited, { at: first, did: 'receive', ...socket });
  attempt.tellMedia({ call: which, ...socket, invitedAt: invited.at, from: first, until: last });
}
