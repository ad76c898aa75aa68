import type { SessionDescription } from 'sdp-transform';
import { earlierThan } from '../observed';
import { rule, type Topic } from '../rule';
import { sdpOf } from '../sdp';
import type { SipMessage } from '../sighting';

type Media = SessionDescription['media'][number];

const describes = (message: SipMessage): boolean => message.from === 'ue' && sdpOf(message) !== undefined;
const mediaOf = (message: SipMessage): readonly Media[] => sdpOf(message)?.media ?? [];
const withIce = (message: SipMessage): readonly Media[] =>
  mediaOf(message).filter(({ candidates }) => candidates !== undefined && candidates.length > 0);
const audioOf = (message: SipMessage): readonly Media[] =>
  mediaOf(message).filter(({ type, port }) => type === 'audio' && port !== 0);

/** Session descriptions, offers and answers, and their media: RFC 3264, RFC 8445, TS 24.229 6 and Annex K. */
export const sessions: Topic = {
  title: 'Sessions',
  rules: [
    rule({
      id: 'answer-media-lines',
      clause: 'RFC 3264 6',
      level: 'MUST',
      says: 'An answer has the media of the offer, in its order.',
      of: 'exchange',
      about: ({ request, final }) =>
        request.method === 'INVITE' && sdpOf(request) !== undefined && sdpOf(final) !== undefined,
      breaks: ({ request, final }) => {
        const [offered, answered] = [request, final].map((one) =>
          mediaOf(one)
            .map(({ type }) => type)
            .join(', '),
        );
        return offered === answered ? undefined : `${answered} answered to ${offered}`;
      },
    }),
    rule({
      id: 'origin-version',
      clause: 'RFC 3264 8',
      level: 'MUST',
      says: 'A further description has the same origin, its version higher by one if anything else has changed.',
      of: 'message',
      about: (message, seen) => describes(message) && describedBefore(message, seen) !== undefined,
      breaks: (message, seen) => {
        const before = describedBefore(message, seen)!;
        const [was, is] = [before, message].map((one) => sdpOf(one)!.origin);
        if (was?.sessionId !== is?.sessionId) return `session ${is?.sessionId} after ${was?.sessionId}`;
        const step = (is?.sessionVersion ?? 0) - (was?.sessionVersion ?? 0);
        return step === 1 || (step === 0 && before.body === message.body)
          ? undefined
          : `version ${is?.sessionVersion} after ${was?.sessionVersion}`;
      },
    }),
    rule({
      id: 'ice2-said',
      clause: 'RFC 8445 10',
      isLookedUp: true,
      level: 'MUST',
      says: 'An agent that describes candidates says that it is one of RFC 8445 (ice2).',
      of: 'message',
      about: (message) => describes(message) && withIce(message).length > 0,
      breaks: (message) => {
        const session = optionsOf(sdpOf(message)!);
        return session.includes('ice2') ||
          withIce(message).every((media) => optionsOf(media).includes('ice2'))
          ? undefined
          : 'candidates without a=ice-options:ice2';
      },
    }),
    rule({
      id: 'ice-credentials-said',
      clause: 'RFC 8839 5.4',
      level: 'MUST',
      says: 'Media with candidates have a user fragment and a password.',
      of: 'message',
      about: (message) => describes(message) && withIce(message).length > 0,
      breaks: (message) => {
        const { iceUfrag, icePwd } = sdpOf(message)!;
        return withIce(message).every((media) => (media.iceUfrag ?? iceUfrag) && (media.icePwd ?? icePwd))
          ? undefined
          : 'candidates without credentials';
      },
    }),
    rule({
      id: 'rtcp-has-its-way',
      clause: 'RFC 5761 5.1.3',
      level: 'MUST',
      says: 'Audio with candidates has some for RTCP too, or says that RTCP goes with RTP.',
      of: 'message',
      about: (message) => describes(message) && withIce(message).some(({ type }) => type === 'audio'),
      breaks: (message) =>
        withIce(message)
          .filter(({ type }) => type === 'audio')
          .every((media) => media.rtcpMux || media.candidates!.some(({ component }) => component === 2))
          ? undefined
          : 'candidates for RTP alone, without a=rtcp-mux',
    }),
    rule({
      id: 'bandwidth-said',
      clause: 'TS 24.229 6.1.1',
      level: 'SHALL',
      says: 'A UE says the bandwidth of audio (b=AS).',
      of: 'message',
      about: (message) => describes(message) && audioOf(message).length > 0,
      breaks: (message) =>
        audioOf(message).every(({ bandwidth = [] }) => bandwidth.some(({ type }) => type === 'AS'))
          ? undefined
          : 'audio without b=AS',
    }),
    rule({
      id: 'keep-alive-rtp-empty',
      clause: 'TS 24.229 K.5.2.1',
      isLookedUp: true,
      level: 'SHALL',
      says: 'RTP that only keeps a binding (payload type 20) is empty.',
      of: 'rtp',
      about: ({ packets }) => packets.some(isKeepAlive),
      breaks: ({ packets }) => {
        const filled = packets.find((packet) => isKeepAlive(packet) && packet.bytes > authenticationTag);
        return filled === undefined ? undefined : `payload type 20 with ${filled.bytes} bytes`;
      },
    }),
  ],
};

/** Returns the message in which the UE described the session before, in the same dialog. */
const describedBefore = (
  message: SipMessage,
  seen: Parameters<typeof earlierThan>[1],
): SipMessage | undefined => earlierThan(message, seen).findLast(describes);

/** `a=ice-options` of a description or of one of its media. */
const optionsOf = ({ iceOptions }: { readonly iceOptions?: string | undefined }): string[] =>
  iceOptions?.split(/\s+/) ?? [];

const isKeepAlive = ({ payloadType }: { readonly payloadType: number }): boolean => payloadType === 20;

/** Bytes of SRTP's authentication tag (RFC 3711 5.2), which an empty packet has too. */
const authenticationTag = 10;
