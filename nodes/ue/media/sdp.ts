import { isIPv4 } from 'node:net';
import { parse, write } from 'sdp-transform';
import type { MediaDescription, SessionDescription } from 'sdp-transform';
import { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import type { Candidate, CandidateType } from './candidate';
import type { RemoteDescription } from './ice-agent';
import { pcma } from './pcma';
import { readCrypto, suite, writeCrypto } from './sdes';
import type { Crypto } from './sdes';

/** One end's description of its audio: its candidates (RFC 8839), and the key with which it sends, if it sends SRTP. */
export interface AudioDescription extends RemoteDescription {
  /** RTP payload type of PCMA; almost every end uses 8. */
  readonly payloadType: number;
  readonly crypto?: Crypto;
}

/** The other end's description of a session, as far as this end uses it. */
export interface RemoteSession {
  readonly audio: AudioDescription;
  /** All m= lines, because an answer needs as many (RFC 3264 6); `index` is that of the audio. */
  readonly lines: readonly Pick<MediaDescription, 'type' | 'protocol' | 'payloads'>[];
  readonly index: number;
}

const maxSize = 65_536;
const maxCandidates = 32;
const candidateTypes: readonly string[] = ['host', 'srflx', 'prflx', 'relay'];

/**
 * Writes an offer, or the answer to one.
 * @param sessionId session id of the o= line, digits only
 * @param to the offer that this answers, if it is an answer
 */
export function writeSdp(audio: AudioDescription, sessionId: string, to?: RemoteSession): string {
  const { ip } = defaultAddress(audio.candidates);
  const own = describeAudio(audio);
  const session: SessionDescription = {
    version: 0,
    origin: { username: '-', sessionId, sessionVersion: 1, netType: 'IN', ipVer: 4, address: ip },
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

function describeAudio({
  candidates,
  ufrag,
  password,
  payloadType,
  crypto,
}: AudioDescription): MediaDescription {
  return {
    type: 'audio',
    port: defaultAddress(candidates).port,
    protocol: crypto === undefined ? 'RTP/AVP' : 'RTP/SAVP',
    payloads: String(payloadType),
    rtp: [{ payload: payloadType, codec: 'PCMA', rate: pcma.clockRate }],
    fmtp: [],
    ptime: pcma.packetMs,
    crypto: crypto && writeCrypto(crypto),
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
    rtcpMux: 'rtcp-mux',
    direction: 'sendrecv',
  };
}

/**
 * Returns the default address, which is the one that most likely works with an end that has no ICE:
 * relayed, then reflexive, then host (RFC 8839 4.2.1.3). Of several relayed ones it is the most preferred,
 * since all are equally easy to reach.
 */
function defaultAddress(candidates: readonly Candidate[]): Endpoint {
  const likelihood = ({ type }: Candidate): number => ['host', 'prflx', 'srflx', 'relay'].indexOf(type);
  const [best] = [...candidates].sort((a, b) => likelihood(b) - likelihood(a) || b.priority - a.priority);
  return best?.address ?? { ip: '0.0.0.0', port: 9 };
}

/**
 * Reads an offer or an answer.
 * @throws AttemptFailure `NOT_ACCEPTABLE`, with the reasons, if it holds no audio that this end can carry
 */
export function readSdp(text: string): RemoteSession {
  const session = parseSdp(text);
  const reasons: string[] = [];
  for (const [index, media] of session.media.entries()) {
    const read = readAudio(session, media);
    if (typeof read !== 'string') return { audio: read, lines: session.media, index };
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
function readAudio(session: SessionDescription, media: MediaDescription): AudioDescription | string {
  if (media.type !== 'audio') return 'no audio';
  if (!(media.port > 0)) return 'refused';
  const secure = media.protocol === 'RTP/SAVP';
  if (!secure && media.protocol !== 'RTP/AVP') return `transport ${media.protocol}`;
  const payloadType = payloadTypeIn(media);
  if (payloadType === undefined) return 'no PCMA';
  if ((media.direction ?? session.direction ?? 'sendrecv') !== 'sendrecv') return 'not both ways';
  if (media.rtcpMux === undefined) return 'no rtcp-mux';
  const ufrag = media.iceUfrag ?? session.iceUfrag;
  const password = media.icePwd ?? session.icePwd;
  if (ufrag === undefined || password === undefined) return 'no ICE';
  const crypto = secure ? readCrypto(media) : undefined;
  if (secure && crypto === undefined) return `no ${suite}`;
  const candidates = candidatesIn(media);
  if (candidates.length === 0) return 'no candidate over UDP and IPv4';
  return { ufrag: String(ufrag), password: String(password), candidates, payloadType, crypto };
}

/** Returns the payload type of PCMA; 8 needs no rtpmap (RFC 3551 6). */
function payloadTypeIn({ payloads, rtp }: MediaDescription): number | undefined {
  const listed = String(payloads ?? '')
    .split(' ')
    .map(Number);
  return listed.find((type) => {
    if (!Number.isInteger(type) || type < 0 || type > 127) return false;
    const map = rtp.find(({ payload }) => payload === type);
    return map === undefined
      ? type === pcma.payloadType
      : /^pcma$/i.test(String(map.codec)) && map.rate === pcma.clockRate;
  });
}

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
