import { isIPv4 } from 'node:net';
import { parse, write } from 'sdp-transform';
import type { MediaDescription, SessionDescription } from 'sdp-transform';
import { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import { readFormat, writeFormats } from './audio-formats';
import type { AudioFormat } from './audio-formats';
import { defaultCandidate } from './candidate';
import type { Candidate, CandidateType } from './candidate';
import type { RemoteDescription } from './ice-agent';
import type { Codec } from './codecs';
import { readCrypto, suite, writeCrypto } from './sdes';
import type { Crypto } from './sdes';

/** The direction of the media from the view of the end that writes it (RFC 3264 5.1). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** Says whether an end with this direction sends. */
export const sends = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'sendonly';

const receives = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'recvonly';

/**
 * Returns the direction that answers another one (RFC 3264 6.1).
 * @param wanted what this end would do by itself
 */
export function answering(offered: Direction, wanted: Direction = 'sendrecv'): Direction {
  const out = receives(offered) && sends(wanted);
  const back = sends(offered) && receives(wanted);
  if (out) return back ? 'sendrecv' : 'sendonly';
  return back ? 'recvonly' : 'inactive';
}

/** An end of a handshake of DTLS (RFC 8842). */
export interface DtlsEnd {
  /** SHA-256 of its certificate, as `AB:CD:...`. */
  readonly fingerprint: string;
  /** `active` is who begins. */
  readonly setup: 'actpass' | 'active' | 'passive';
}

/** What both ends of an audio with ICE describe: candidates (RFC 8839), and the key with which the end sends SRTP. */
interface AudioWithIce extends RemoteDescription {
  readonly crypto?: Crypto | undefined;
  /** If the keys of SRTP are those of a DTLS handshake (RFC 5764), as WebRTC demands. */
  readonly dtls?: DtlsEnd | undefined;
  readonly direction: Direction;
}

/** This end's description of its audio. */
export interface OwnAudio extends AudioWithIce {
  /** The formats that it offers, or the one that it answers with. */
  readonly formats: readonly AudioFormat[];
  /** The other end's candidate of the selected pair, in a further offer of the controlling end (RFC 8839 5.2). */
  readonly remoteCandidate?: Endpoint | undefined;
}

/** The other end's description of its audio, as far as this end uses it. */
export interface RemoteAudio extends AudioWithIce {
  readonly format: AudioFormat;
  /**
   * Says whether its agent is one of RFC 8445, by the option `ice2`. Such an agent needs no updated offer when the
   * pair that ICE selects is not the default one.
   */
  readonly isIce2: boolean;
}

/** The o= line's part that tells descriptions of one session apart (RFC 8866 5.2). */
export interface Origin {
  /** Digits only. */
  readonly sessionId: string;
  /** It grows by one with each description that differs (RFC 3264 8). */
  readonly version: number;
}

/** The other end's description of a session, as far as this end uses it. */
export interface RemoteSession {
  readonly audio: RemoteAudio;
  /** All m= lines, because an answer needs as many (RFC 3264 6); `index` is that of the audio. */
  readonly lines: readonly Pick<MediaDescription, 'type' | 'protocol' | 'payloads'>[];
  readonly index: number;
}

/** The option may stand among others (RFC 8839 5.6), of which the library reads only the first. */
const saysIce2 = /^a=ice-options:(?:.*[\s,])?ice2\b/im;

const maxSize = 65_536;
const maxCandidates = 32;
const candidateTypes: readonly string[] = ['host', 'srflx', 'prflx', 'relay'];

/**
 * Writes an offer, or the answer to one.
 * @param to the offer that this answers, if it is an answer
 */
export function writeSdp(audio: OwnAudio, { sessionId, version }: Origin, to?: RemoteSession): string {
  const { ip } = defaultAddress(audio.candidates);
  const own = describeAudio(audio, to === undefined);
  const session: SessionDescription = {
    version: 0,
    origin: { username: '-', sessionId, sessionVersion: version, netType: 'IN', ipVer: 4, address: ip },
    name: '-',
    timing: { start: 0, stop: 0 },
    connection: { version: 4, ip },
    media:
      to === undefined
        ? [own]
        : to.lines.map((line, index) => (index === to.index ? own : refusedLine(line))),
  };
  return write(session);
}

/** Writes the line of an answer that refuses a line of the offer (RFC 3264 6). */
export function refusedLine({ type, protocol, payloads }: RemoteSession['lines'][number]): MediaDescription {
  return { type, protocol, payloads, port: 0, rtp: [], fmtp: [] };
}

function describeAudio(
  { candidates, ufrag, password, formats, crypto, dtls, direction, remoteCandidate }: OwnAudio,
  isOffer: boolean,
): MediaDescription {
  return {
    type: 'audio',
    port: defaultAddress(candidates).port,
    protocol: dtls ? 'UDP/TLS/RTP/SAVPF' : crypto ? 'RTP/SAVP' : 'RTP/AVP',
    ...writeFormats(formats),
    crypto: crypto && writeCrypto(crypto),
    ...(dtls && { fingerprint: { type: 'sha-256', hash: dtls.fingerprint }, setup: dtls.setup }),
    iceUfrag: ufrag,
    icePwd: password,
    candidates: candidates.map(({ foundation, priority, address, type, related }) => ({
      foundation,
      component: 1,
      transport: 'UDP',
      priority,
      ip: address.ip,
      port: address.port,
      type,
      raddr: related?.ip,
      rport: related?.port,
    })),
    ...(remoteCandidate && {
      remoteCandidates: `1 ${remoteCandidate.ip} ${remoteCandidate.port}`,
    }),
    // RFC 8445 10: an agent of that RFC says so.
    iceOptions: 'ice2',
    rtcpMux: 'rtcp-mux',
    // RFC 8858 3: there is no component 2, so RTCP cannot have a port of its own. Only offers say so.
    ...(isOffer ? { invalid: [{ value: 'rtcp-mux-only' }] } : {}),
    direction,
  };
}

/** Returns the default address (RFC 8839 4.2.1.3); without any candidate it is the one that nothing is sent to. */
export const defaultAddress = (candidates: readonly Candidate[]): Endpoint =>
  defaultCandidate(candidates)?.address ?? { ip: '0.0.0.0', port: 9 };

/**
 * Reads an offer or an answer.
 * @param preferred the codec that is in use, which is kept if it is there
 * @throws AttemptFailure `NOT_ACCEPTABLE`, with the reasons, if it holds no audio that this end can carry
 */
export function readSdp(text: string, preferred?: Codec): RemoteSession {
  const session = parseSdp(text);
  const reasons: string[] = [];
  for (const [index, media] of session.media.entries()) {
    const read = readAudio(session, media, preferred);
    if (typeof read !== 'string')
      return { audio: { ...read, isIce2: saysIce2.test(text) }, lines: session.media, index };
    reasons.push(`${media.type}: ${read}`);
  }
  throw new AttemptFailure('NOT_ACCEPTABLE', `no audio to agree on: ${reasons.join('; ') || 'no m= line'}`);
}

/** Says whether an offer holds audio over ICE that {@link readSdp} can read. */
export function offersIce(offer: string): boolean {
  try {
    readSdp(offer);
    return true;
  } catch {
    return false;
  }
}

/** Parses SDP of limited size. @throws AttemptFailure `NOT_ACCEPTABLE` */
export function parseSdp(text: string): SessionDescription {
  if (text.length > maxSize) throw new AttemptFailure('NOT_ACCEPTABLE', `SDP of ${text.length} characters`);
  try {
    return parse(text);
  } catch (error) {
    throw new AttemptFailure('NOT_ACCEPTABLE', `SDP that cannot be read: ${String(error)}`);
  }
}

/** @returns the description, or the reason why it cannot be used */
function readAudio(
  session: SessionDescription,
  media: MediaDescription,
  preferred?: Codec,
): Omit<RemoteAudio, 'isIce2'> | string {
  if (media.type !== 'audio') return 'no audio';
  if (!(media.port > 0)) return 'refused';
  const secure = media.protocol === 'RTP/SAVP';
  const isDtls = /^UDP\/TLS\/RTP\/SAVPF?$/.test(media.protocol);
  if (!secure && !isDtls && media.protocol !== 'RTP/AVP') return `transport ${media.protocol}`;
  const format = readFormat(media, preferred);
  if (format === undefined) return 'neither PCMA nor PCMU nor AMR-WB';
  if (media.rtcpMux === undefined) return 'no rtcp-mux';
  const ufrag = media.iceUfrag ?? session.iceUfrag;
  const password = media.icePwd ?? session.icePwd;
  if (ufrag === undefined || password === undefined) return 'no ICE';
  const crypto = secure ? readCrypto(media) : undefined;
  if (secure && crypto === undefined) return `no ${suite}`;
  const dtls = isDtls ? readDtls(session, media) : undefined;
  if (isDtls && dtls === undefined) return 'no fingerprint by SHA-256';
  const candidates = candidatesIn(media);
  if (candidates.length === 0) return 'no candidate over UDP and IPv4';
  return {
    ufrag: String(ufrag),
    password: String(password),
    candidates,
    format,
    crypto,
    ...(dtls && { dtls }),
    direction: media.direction ?? session.direction ?? 'sendrecv',
  };
}

/** Reads the end of DTLS that is described; without a setup it is that of an offer (RFC 8842 5.2). */
function readDtls(session: SessionDescription, media: MediaDescription): DtlsEnd | undefined {
  const { type, hash } = media.fingerprint ?? session.fingerprint ?? {};
  if (type?.toLowerCase() !== 'sha-256' || !/^(?:[\da-f]{2}:){31}[\da-f]{2}$/i.test(hash ?? ''))
    return undefined;
  const setup = setups.find((one) => one === media.setup) ?? 'actpass';
  return { fingerprint: hash!, setup };
}

const setups = ['actpass', 'active', 'passive'] as const;

function candidatesIn({ candidates = [] }: MediaDescription): Candidate[] {
  return candidates
    .filter(
      ({ component, transport, ip, port, type, priority }) =>
        component === 1 &&
        /^udp$/i.test(transport) &&
        isIPv4(ip) &&
        port > 0 &&
        port < 65_536 &&
        candidateTypes.includes(type) &&
        priority >= 0 &&
        priority < 2 ** 32,
    )
    .slice(0, maxCandidates)
    .map(({ foundation, priority, ip, port, type }) => ({
      foundation: String(foundation),
      priority,
      address: { ip, port },
      type: type as CandidateType,
    }));
}
