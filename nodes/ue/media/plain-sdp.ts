import { isIPv4 } from 'node:net';
import { write } from 'sdp-transform';
import type { MediaDescription, SessionDescription } from 'sdp-transform';
import { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import { formatsOf, readFormat, writeFormats } from './audio-formats';
import type { AudioFormat } from './audio-formats';
import type { Codec } from './codecs';
import { answering, parseSdp, refusedLine } from './sdp';
import type { Direction, Origin, RemoteSession } from './sdp';
import { readCrypto, suite, writeCrypto } from './sdes';
import type { Crypto } from './sdes';

/**
 * The RTP profiles that can be answered. Those with feedback (RFC 4585) are taken too,
 * as no end has to send feedback.
 */
const profiles = {
  ...{ 'RTP/AVP': 'plain', 'RTP/AVPF': 'plain' },
  ...{ 'RTP/SAVP': 'secure', 'RTP/SAVPF': 'secure' },
} as const;
type Profile = keyof typeof profiles;

/** Audio without ICE in the other end's description: addresses for RTP and RTCP, a codec, and a direction. */
export interface PlainSession extends Pick<RemoteSession, 'lines' | 'index'> {
  readonly profile: Profile;
  /** The key, if the profile is SRTP. In other profiles an answer may ignore a=crypto (RFC 4568 5). */
  readonly crypto?: Crypto;
  readonly format: AudioFormat;
  /** The address at which it wants RTP; undefined if it wants none, which the address 0.0.0.0 says (RFC 3264 8.4). */
  readonly rtp?: Endpoint;
  /**
   * The address at which it wants RTCP: the port after that of RTP, or another one
   * (RFC 3605), or the same (RFC 5761).
   */
  readonly rtcp?: Endpoint;
  readonly rtcpMux: boolean;
  /** The direction from the view of this end, which its answer writes. */
  readonly direction: Direction;
}

/**
 * Reads an ordinary offer or answer. It ignores everything about ICE, like an end without ICE (RFC 8839 4.2.5).
 * @param preferred the codec that is in use, which is kept if it is there
 * @throws AttemptFailure `NOT_ACCEPTABLE`, with the reasons, if it holds no audio that this end can carry
 */
export function readPlainSdp(text: string, preferred?: Codec): PlainSession {
  const session = parseSdp(text);
  const reasons: string[] = [];
  for (const [index, media] of session.media.entries()) {
    const read = readAudio(session, media, preferred);
    if (typeof read !== 'string') return { ...read, lines: session.media, index };
    reasons.push(`${media.type}: ${read}`);
  }
  throw new AttemptFailure('NOT_ACCEPTABLE', `no audio to agree on: ${reasons.join('; ') || 'no m= line'}`);
}

/** Returns the lines of a description that has ended every medium (RFC 3264 8.2); undefined if one goes on. */
export function endedLines(text: string): RemoteSession['lines'] | undefined {
  const { media } = parseSdp(text);
  return media.every(({ port }) => port === 0) ? media : undefined;
}

/** @returns the audio, or the reason why it cannot be used */
function readAudio(
  session: SessionDescription,
  media: MediaDescription,
  preferred?: Codec,
): Omit<PlainSession, 'lines' | 'index'> | string {
  if (media.type !== 'audio') return 'no audio';
  if (!(media.port > 0 && media.port < 65_536)) return 'refused';
  const profile = media.protocol as Profile;
  if (!Object.hasOwn(profiles, profile)) return `transport ${media.protocol}`;
  const crypto = profiles[profile] === 'secure' ? readCrypto(media) : undefined;
  if (profiles[profile] === 'secure' && crypto === undefined) return `no ${suite}`;
  const format = readFormat(media, preferred);
  if (format === undefined) return 'neither PCMA nor PCMU nor AMR-WB';
  const ip = String((media.connection ?? session.connection)?.ip ?? '').split('/')[0] ?? '';
  if (!isIPv4(ip)) return 'no IPv4 address';
  const rtp = { ip, port: media.port };
  const rtcpMux = media.rtcpMux !== undefined;
  const rtcp = rtcpMux ? rtp : rtcpOf(media, rtp);
  const direction = answering(media.direction ?? session.direction ?? 'sendrecv');
  return {
    profile,
    ...(crypto ? { crypto } : {}),
    format,
    ...(ip === '0.0.0.0' ? {} : { rtp, rtcp }),
    rtcpMux,
    direction,
  };
}

/** Returns the address for RTCP (RFC 3550 11, RFC 3605); undefined if there is no such port. */
function rtcpOf({ rtcp }: MediaDescription, rtp: Endpoint): Endpoint | undefined {
  const port = rtcp?.port ?? rtp.port + 1;
  const ip = rtcp?.address ?? rtp.ip;
  return port > 0 && port < 65_536 && isIPv4(ip) ? { ip, port } : undefined;
}

/** This end's part of a description. */
export interface PlainEnd extends Origin {
  /** The address at which this end wants RTP; RTCP comes to the next port. */
  readonly rtp: Endpoint;
  /** Master key and salt with which this end sends SRTP. */
  readonly master: Buffer;
}

/** Writes an offer that any phone can answer: RTP/AVP with these codecs, and events. */
export function writePlainOffer(offered: readonly Codec[], end: PlainEnd): string {
  const formats = formatsOf(offered);
  return writeSession(end, [describeAudio(end, { profile: 'RTP/AVP', formats, direction: 'sendrecv' })]);
}

/** Writes the answer: the audio as it was offered, everything else refused (RFC 3264 6). */
export function writePlainAnswer(offer: PlainSession, end: PlainEnd): string {
  const { format, crypto, rtcpMux } = offer;
  const own: MediaDescription = {
    ...describeAudio(end, { ...offer, formats: [format] }),
    ...(crypto ? { crypto: writeCrypto({ tag: crypto.tag, master: end.master }) } : {}),
    ...(rtcpMux ? { rtcpMux: 'rtcp-mux' } : {}),
  };
  return writeSession(
    end,
    offer.lines.map((line, index) => (index === offer.index ? own : refusedLine(line))),
  );
}

/** Writes the answer to an offer that ends every medium. */
export function writeEndedAnswer(lines: RemoteSession['lines'], end: PlainEnd): string {
  return writeSession(end, lines.map(refusedLine));
}

function describeAudio(
  { rtp }: PlainEnd,
  {
    profile,
    formats,
    direction,
  }: Pick<PlainSession, 'profile' | 'direction'> & { readonly formats: readonly AudioFormat[] },
): MediaDescription {
  return { type: 'audio', port: rtp.port, protocol: profile, ...writeFormats(formats), direction };
}

function writeSession({ rtp, sessionId, version }: PlainEnd, media: MediaDescription[]): string {
  const session: SessionDescription = {
    version: 0,
    origin: {
      ...{ username: '-', sessionId, sessionVersion: version },
      ...{ netType: 'IN', ipVer: 4, address: rtp.ip },
    },
    name: '-',
    timing: { start: 0, stop: 0 },
    connection: { version: 4, ip: rtp.ip },
    media,
  };
  return write(session);
}
