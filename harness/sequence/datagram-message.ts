import { codecs } from '../../nodes/ue/media/codecs';
import { isRtcp, readRtp } from '../../nodes/ue/media/rtp-packet';
import { readDatagram } from '../../nodes/ue/turn/stream-framer';
import { contentTypes } from '../evidence/tls-record';
import { dnsMessage, dnsPort } from './dns-message';
import { handshakeName } from './handshake-names';
import { unknownData, type Message } from './message';
import { sipMessage } from './sip-message';
import type { StunNames } from './stun-message';

/**
 * Reads a datagram by its first byte, as RFC 7983 tells the protocols apart that share a port with RTP; a port of its
 * own has the DNS.
 * @param ports of both ends; none for a datagram out of a relay
 */
export function datagramMessage(bytes: Buffer, stun: StunNames, ports: readonly number[] = []): Message {
  const [first] = bytes;
  if (first === undefined) return { ...unknownData, label: 'empty datagram' };
  if (ports.includes(dnsPort)) return dnsMessage(bytes);
  if (first >= 128 && first <= 191) return rtpMessage(bytes) ?? unknownData;
  if (first < 4) return stun.read(bytes) ?? unknownData;
  if (first >= 20 && first < 64) return dtlsMessage(bytes) ?? sipMessage(bytes) ?? unknownData;
  if (first >= 64 && first < 80) return sipMessage(bytes) ?? channelMessage(bytes, stun);
  return sipMessage(bytes) ?? unknownData;
}

/** Data of a channel (RFC 8656 12). */
function channelMessage(bytes: Buffer, stun: StunNames): Message {
  const frame = readDatagram(bytes);
  return frame.kind === 'channel' ? relayed(frame.data, stun) : unknownData;
}

/** Reads what a relay passes on in a channel. */
export function relayed(data: Buffer, stun: StunNames): Message {
  const isNested = data[0] !== undefined && data[0] >= 64 && data[0] < 80;
  const inner = isNested ? unknownData : datagramMessage(data, stun);
  return inner.protocol === 'other'
    ? { protocol: 'turn', label: 'ChannelData', isBulk: true }
    : { ...inner, within: ['turn', ...(inner.within ?? [])] };
}

function rtpMessage(bytes: Buffer): Message | undefined {
  if (isRtcp(bytes)) return { protocol: 'rtp', label: 'RTCP', isBulk: true };
  const rtp = readRtp(bytes);
  if (!rtp) return undefined;
  const codec = Object.values(codecs).find(({ payloadType }) => payloadType === rtp.payloadType);
  // RFC 3551 6: any other is a dynamic one.
  if (!codec && rtp.payloadType < 96) return undefined;
  return { protocol: 'rtp', label: `RTP ${codec?.name ?? `payload type ${rtp.payloadType}`}`, isBulk: true };
}

/** Bytes of a record's header (RFC 6347 4.1). */
const dtlsHeader = 13;

function dtlsMessage(bytes: Buffer): Message | undefined {
  const labels: string[] = [];
  for (let at = 0; at + dtlsHeader <= bytes.length && labels.length < 8;) {
    if (bytes[at + 1] !== 0xfe) return undefined;
    // A message under the new keys cannot be named: the epoch is no longer 0.
    const isClear = bytes.readUInt16BE(at + 3) === 0;
    labels.push(dtlsLabel(bytes[at]!, isClear ? bytes[at + dtlsHeader] : undefined));
    at += dtlsHeader + bytes.readUInt16BE(at + 11);
  }
  return labels.length > 0 ? { protocol: 'dtls', label: labels.join(', ') } : undefined;
}

function dtlsLabel(type: number, message: number | undefined): string {
  if (type === contentTypes.changeCipherSpec) return 'ChangeCipherSpec';
  if (type === contentTypes.alert) return 'alert';
  if (type === contentTypes.applicationData) return 'application data';
  return message === undefined ? 'encrypted handshake message' : handshakeName(message);
}
