import { isIPv4 } from 'node:net';
import { write } from 'sdp-transform';
import type { MediaDescription, SessionDescription } from 'sdp-transform';
import { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import { pcma } from './pcma';
import { parseSdp, refusedLine } from './sdp';
import type { RemoteSession } from './sdp';

/** RFC 3264 5.1: who sends, as the end says that writes it. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** An audio of RTP/AVP as it was before ICE: two addresses, G.711, and a direction. */
export interface PlainOffer extends Pick<RemoteSession, 'lines' | 'index'> {
  readonly codec: 'PCMA' | 'PCMU';
  readonly payloadType: number;
  /** That of telephone-event (RFC 4733), if it is offered. */
  readonly eventPayloadType?: number;
  /** Where it wants RTP; nothing while it wants none, which RFC 3264 8.4 once wrote as the address 0.0.0.0. */
  readonly rtp?: Endpoint;
  /** Where it wants RTCP: the port after that of RTP, or another (RFC 3605), or the same (RFC 5761). */
  readonly rtcp?: Endpoint;
  readonly rtcpMux: boolean;
  /** What the answer says. */
  readonly direction: Direction;
}

const complement: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/**
 * Reads an ordinary offer; what it says of ICE is left out of account, as an end without ICE does (RFC 8839 4.2.5).
 * @throws AttemptFailure `NOT_ACCEPTABLE` when it holds no audio that we can carry, and why
 */
export function readPlainOffer(text: string): PlainOffer {
  const session = parseSdp(text);
  const reasons: string[] = [];
  for (const [index, media] of session.media.entries()) {
    const read = readAudio(session, media);
    if (typeof read !== 'string') return { ...read, lines: session.media, index };
    reasons.push(`${media.type}: ${read}`);
  }
  throw new AttemptFailure('NOT_ACCEPTABLE', `no audio to agree on: ${reasons.join('; ') || 'no m= line'}`);
}

/** @returns the offer, or why it is of no use */
function readAudio(
  session: SessionDescription,
  media: MediaDescription,
): Omit<PlainOffer, 'lines' | 'index'> | string {
  if (media.type !== 'audio') return 'no audio';
  if (!(media.port > 0 && media.port < 65_536)) return 'refused';
  if (media.protocol !== 'RTP/AVP') return `transport ${media.protocol}`;
  const codec = codecIn(media);
  if (codec === undefined) return 'neither PCMA nor PCMU';
  const ip = String((media.connection ?? session.connection)?.ip ?? '').split('/')[0] ?? '';
  if (!isIPv4(ip)) return 'no IPv4 address';
  const rtp = { ip, port: media.port };
  const rtcpMux = media.rtcpMux !== undefined;
  const rtcp = rtcpMux ? rtp : rtcpOf(media, rtp);
  const direction = complement[media.direction ?? session.direction ?? 'sendrecv'];
  return {
    ...codec,
    ...(ip === '0.0.0.0' ? {} : { rtp, rtcp }),
    rtcpMux,
    direction,
    eventPayloadType: listed(media).find((type) => isFormat(media, type, 'telephone-event')),
  };
}

/** The one that is offered first: RFC 3264 6.1 has the answer prefer what the offer prefers. */
function codecIn(media: MediaDescription): Pick<PlainOffer, 'codec' | 'payloadType'> | undefined {
  for (const payloadType of listed(media)) {
    for (const codec of ['PCMA', 'PCMU'] as const) {
      if (isFormat(media, payloadType, codec)) return { codec, payloadType };
    }
  }
  return undefined;
}

const listed = ({ payloads }: MediaDescription): number[] =>
  String(payloads ?? '')
    .split(' ')
    .map(Number)
    .filter((type) => Number.isInteger(type) && type >= 0 && type < 128);

/** RFC 3551 6: 0 and 8 need no rtpmap. */
const staticTypes: Readonly<Record<string, number>> = { PCMU: 0, PCMA: 8 };

function isFormat({ rtp }: MediaDescription, type: number, codec: string): boolean {
  const map = rtp.find(({ payload }) => payload === type);
  if (map === undefined) return staticTypes[codec] === type;
  return String(map.codec).toLowerCase() === codec.toLowerCase() && map.rate === pcma.clockRate;
}

/** RFC 3550 11 and RFC 3605; nothing where neither leaves a port. */
function rtcpOf({ rtcp }: MediaDescription, rtp: Endpoint): Endpoint | undefined {
  const port = rtcp?.port ?? rtp.port + 1;
  const ip = rtcp?.address ?? rtp.ip;
  return port > 0 && port < 65_536 && isIPv4(ip) ? { ip, port } : undefined;
}

/**
 * Writes the answer: the audio as it was offered, everything else refused (RFC 3264 6).
 * @param rtp where we want RTP, and RTCP at the next port
 * @param version of the o= line, one more with each answer that differs (RFC 3264 8)
 */
export function writePlainAnswer(
  offer: PlainOffer,
  rtp: Endpoint,
  sessionId: string,
  version: number,
): string {
  const { payloadType, eventPayloadType, codec, direction, rtcpMux } = offer;
  const events = eventPayloadType === undefined ? [] : [eventPayloadType];
  const own: MediaDescription = {
    type: 'audio',
    port: rtp.port,
    protocol: 'RTP/AVP',
    payloads: [payloadType, ...events].join(' '),
    rtp: [
      { payload: payloadType, codec, rate: pcma.clockRate },
      ...events.map((payload) => ({ payload, codec: 'telephone-event', rate: pcma.clockRate })),
    ],
    fmtp: events.map((payload) => ({ payload, config: '0-15' })),
    ptime: pcma.packetMs,
    direction,
    ...(rtcpMux ? { rtcpMux: 'rtcp-mux' } : {}),
  };
  const session: SessionDescription = {
    version: 0,
    origin: {
      ...{ username: '-', sessionId, sessionVersion: version },
      ...{ netType: 'IN', ipVer: 4, address: rtp.ip },
    },
    name: '-',
    timing: { start: 0, stop: 0 },
    connection: { version: 4, ip: rtp.ip },
    media: offer.lines.map((line, index) => (index === offer.index ? own : refusedLine(line))),
  };
  return write(session);
}
