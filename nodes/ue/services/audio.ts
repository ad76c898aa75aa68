import type { AttemptLike } from '../attempt';
import type { Attempt } from '../attempt';
import { isInTls, mediaWays, suites, type Rung } from '../../../ladder';
import type { MeasurementName } from '../measurements/catalogue';
import type { CodecName } from '../media/codecs';
import { RtpMedia, type CallQuality, type RtpMediaOptions } from '../media/rtp-media';
import type { Moment, ServiceRequest, UeConfig } from '../protocol';
import type { Access } from '../dialler/dialler';
import type { SessionMedia } from '../session';
import type { Call } from '../sip/call';
import type { UeTimers } from '../timers';
import { whileStanding } from './standing';

/** Everything that is needed to make the audio of a call. */
export interface AudioContext {
  readonly request: Rung;
  readonly config: UeConfig;
  readonly access: Access;
  readonly timers: UeTimers;
  readonly attempt: AttemptLike;
}

type Keying = NonNullable<RtpMediaOptions['keying']>;

/** Milliseconds that a call talks if the request does not say. */
const defaultMediaMs = 3000;

/**
 * Makes the audio of one call, over the ways that the rung allows.
 * @param codecs those that it offers, the most preferred one first
 */
export function newAudio(
  { request, ...rest }: AudioContext,
  keying: Keying | undefined,
  codecs?: readonly CodecName[],
): RtpMedia {
  return new RtpMedia(
    { ...rest, ways: mediaWays('rtp', request) },
    { ...(keying && { keying }), ...(codecs && { codecs }) },
  );
}

/**
 * Says how a UE keys the SRTP that it offers, if it does. The offer holds the key (SDES, RFC 4568), so it does so only if the signalling is
 * encrypted. A NULL suite does not encrypt; the CR has it for cases without need for confidentiality.
 */
export function keyingFor(request: ServiceRequest): 'sdes' | undefined {
  return isInTls(request) && suites[request.suite].encrypts ? 'sdes' : undefined;
}

/** Says how an offer, if there is one, has SRTP keyed, if it asks for SRTP. */
export function keyingOf(offer = ''): Keying | undefined {
  if (/^a=crypto:/m.test(offer)) return 'sdes';
  return /^m=audio \d+ UDP\/TLS\//m.test(offer) ? 'dtls' : undefined;
}

/** Wraps `media` so that `offered` is called when the offer is ready, which is when the INVITE leaves. */
export function timingOffer(media: SessionMedia, offered: () => void): SessionMedia {
  return {
    offer: async () => {
      const offer = await media.offer();
      offered();
      return offer;
    },
    answer: (offer) => media.answer(offer),
    accept: (answer) => media.accept(answer),
    ...(media.reoffer && { reoffer: media.reoffer.bind(media) }),
    ...(media.reanswer && { reanswer: media.reanswer.bind(media) }),
    ...(media.refused && { refused: media.refused.bind(media) }),
    ...(media.offerDue && { offerDue: media.offerDue }),
    close: () => media.close(),
  };
}

/**
 * Talks over an established call.
 * @throws AttemptFailure as {@link whileStanding} does, and what the media throws
 */
export function talk(media: RtpMedia, call: Call, ms = defaultMediaMs): Promise<CallQuality> {
  return whileStanding(call, media.talk(ms));
}

/**
 * Adds the measurements of a call to the report.
 * @param which name of the call in the attempt, with which the names of the measurements begin
 * @param invited the moment at which its INVITE left or came
 */
export function tellAudio(
  which: string,
  quality: CallQuality,
  invited: Moment,
  attempt: Pick<Attempt, 'measure' | 'measureBetween' | 'tellMedia'>,
): void {
  const { first, last, longestGapMs } = quality.arrivals;
  const measure = (name: MeasurementName, value: number | undefined): void => {
    if (value !== undefined) attempt.measure(name, Math.round(value * 100) / 100);
  };
  attempt.measure(`${which}-path`, quality.path);
  attempt.measure(`${which}-codec`, quality.codec);
  attempt.measure(`${which}-srtp`, quality.srtp ? 'yes' : 'no');
  measure(`${which}-gathering`, quality.gatheredAfterMs);
  measure(`${which}-loss-in`, quality.lossInPercent);
  measure(`${which}-loss-out`, quality.lossOutPercent);
  measure(`${which}-jitter-in-mean`, quality.jitterInMs);
  measure(`${which}-jitter-in-max`, quality.jitterInMaxMs);
  measure(`${which}-jitter-out-mean`, quality.jitterOutMs);
  measure(`${which}-jitter-out-max`, quality.jitterOutMaxMs);
  measure(`${which}-round-trip`, quality.roundTripMs);
  measure(`${which}-longest-gap`, longestGapMs);
  measure(`${which}-mos`, quality.mos);
  measure(`${which}-pacing-p95`, quality.pacingP95Ms);
  if (first === undefined || last === undefined) return;
  const { socket } = quality.pair.local;
  attempt.measureBetween(`${which}-time-to-media`, invited, { at: first, did: 'receive', ...socket });
  attempt.tellMedia({
    ...{ call: which, codec: quality.codec, ...socket },
    ...{ invitedAt: invited.at, from: first, until: last },
  });
}
