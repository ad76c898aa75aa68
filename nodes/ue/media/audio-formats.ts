import type { MediaDescription } from 'sdp-transform';
import { codecNames, codecs, packetMs, plainBytesOf } from './codecs';
import type { Codec } from './codecs';

/** A codec by the payload type that both ends use for it, and that of its telephone events (RFC 4733). */
export interface AudioFormat {
  readonly codec: Codec;
  readonly payloadType: number;
  /** Undefined if the other end has no telephone events at the codec's clock rate. */
  readonly eventPayloadType?: number | undefined;
}

/** The payload types of telephone events in offers, by clock rate: each codec needs events at its own (RFC 4733 2.1). */
const eventTypes: Readonly<Record<number, number>> = { 8000: 101, 16_000: 102 };

/** The formats of an offer: these codecs, the most preferred one first. */
export const formatsOf = (offered: readonly Codec[]): AudioFormat[] =>
  offered.map((codec) => ({
    codec,
    payloadType: codec.payloadType,
    eventPayloadType: eventTypes[codec.clockRate],
  }));

/** The lines of a description that are about formats. */
type FormatLines = Pick<MediaDescription, 'payloads' | 'rtp' | 'fmtp' | 'ptime' | 'maxptime' | 'bandwidth'>;

/** Milliseconds of speech in the longest packet that this end wants (TS 26.114 6.2.2.1). */
const longestPacketMs = 240;

/**
 * Writes formats, the bandwidth that they need and the length of packets.
 *
 * AS is what the most needy of the codecs takes with IPv4, UDP and RTP, in kbit/s (RFC 3556, RFC 8866 5.8), as TS 24.229
 * 6.1.1 demands it of audio. RS and RR are RTCP's, in bit/s: this end reports once a second, about 0.9 kbit/s
 * each way, for which the default, 5 % of AS, would be too little with AMR-WB. The values are those of TS 26.114's examples of
 * speech (A.3, T.2).
 */
export function writeFormats(formats: readonly AudioFormat[]): FormatLines {
  const events = new Map(
    formats.flatMap(({ codec, eventPayloadType }) =>
      eventPayloadType === undefined ? [] : [[eventPayloadType, codec.clockRate] as const],
    ),
  );
  const kilobits = formats.map(({ codec }) => Math.ceil((plainBytesOf(codec) * 8) / packetMs));
  return {
    payloads: [...formats.map(({ payloadType }) => payloadType), ...events.keys()].join(' '),
    rtp: [
      ...formats.map(({ payloadType, codec }) => ({
        payload: payloadType,
        codec: codec.name,
        rate: codec.clockRate,
      })),
      ...[...events].map(([payload, rate]) => ({ payload, codec: 'telephone-event', rate })),
    ],
    fmtp: [
      ...formats.flatMap(({ payloadType, codec: { parameters } }) =>
        parameters === undefined ? [] : [{ payload: payloadType, config: parameters }],
      ),
      // The ten digits, *, #, and A to D (RFC 4733 3.2).
      ...[...events.keys()].map((payload) => ({ payload, config: '0-15' })),
    ],
    bandwidth: [
      { type: 'AS', limit: Math.max(...kilobits) },
      { type: 'RS', limit: 0 },
      { type: 'RR', limit: 2000 },
    ],
    ptime: packetMs,
    maxptime: longestPacketMs,
  };
}

/**
 * Returns the first format of a description that this end has, since an answer should prefer what the offer prefers
 * (RFC 3264 6.1).
 * @param preferred the codec that is in use, which comes before all if it is there
 */
export function readFormat(media: MediaDescription, preferred?: Codec): AudioFormat | undefined {
  const listed = String(media.payloads ?? '')
    .split(' ')
    .filter((type) => /^\d+$/.test(type))
    .map(Number)
    .filter((type) => type < 128);
  const kept = listed.filter((type) => preferred && isCodec(media, type, preferred));
  for (const payloadType of [...kept, ...listed]) {
    const name = codecNames.find((one) => isCodec(media, payloadType, codecs[one]));
    if (name === undefined) continue;
    const codec = codecs[name];
    const eventPayloadType = listed.find((type) => isFormat(media, type, 'telephone-event', codec.clockRate));
    return { codec, payloadType, ...(eventPayloadType === undefined ? {} : { eventPayloadType }) };
  }
  return undefined;
}

function isCodec(media: MediaDescription, type: number, codec: Codec): boolean {
  if (!media.rtp.some(({ payload }) => payload === type)) {
    return codec.name !== 'AMR-WB' && codec.payloadType === type;
  }
  if (!isFormat(media, type, codec.name, codec.clockRate)) return false;
  return codec.name !== 'AMR-WB' || takesOurAmrWb(media, type);
}

function isFormat({ rtp }: MediaDescription, type: number, name: string, rate: number): boolean {
  const map = rtp.find(({ payload }) => payload === type);
  return map !== undefined && String(map.codec).toLowerCase() === name.toLowerCase() && map.rate === rate;
}

/** Says whether an end takes AMR-WB as this one sends it: bandwidth-efficient, mode 2, one channel (RFC 4867 8.1). */
function takesOurAmrWb({ rtp, fmtp }: MediaDescription, type: number): boolean {
  const parameters = new Map(
    String(fmtp.find(({ payload }) => payload === type)?.config ?? '')
      .split(';')
      .map((one): [string, string] => {
        const [name = '', value = ''] = one.split('=').map((part) => part.trim().toLowerCase());
        return [name, value];
      }),
  );
  const modes = parameters.get('mode-set');
  const channels = rtp.find(({ payload }) => payload === type)?.encoding;
  return (
    (parameters.get('octet-align') ?? '0') === '0' &&
    ['crc', 'robust-sorting', 'interleaving'].every((name) => (parameters.get(name) ?? '0') === '0') &&
    (modes === undefined || modes.split(',').map(Number).includes(2)) &&
    (channels === undefined || Number(channels) === 1)
  );
}
