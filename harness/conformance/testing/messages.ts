import { check } from '../check';
import { observed, type Read } from '../observed';
import { allRules } from '../rules';
import { readSipMessages } from '../sip-message';
import type {
  MsrpPacket,
  Party,
  Ping,
  RtpStream,
  SipMessage,
  StunPacket,
  TlsHandshake,
  Tunnel,
} from '../sighting';
import { MsrpFramer } from '../../../nodes/ue/msrp/msrp-framer';
import type { StunMessage } from '../../../nodes/ue/stun/message';

let frame = 0;

const packet = {
  capture: 'captures/0-ue-side.pcap',
  source: { ip: '10.89.0.2', port: 32768 },
  destination: { ip: '198.19.0.10', port: 5060 },
};

/** Each packet is a millisecond after the one before. */
const next = () => ({ frame: ++frame, at: 1_800_000_000_000 + frame });

/**
 * Makes a message as if it had been captured, each one after the one before.
 *
 * @param way who sends it to whom; on the core's side the capture is that of the core
 * @param text its lines; the line ends are CRLF whatever the text has, and an empty line ends the head
 */
export function sip(way: `${Party} to ${Party}`, text: string, more: Partial<SipMessage> = {}): SipMessage {
  const [from, to] = way.split(' to ') as [Party, Party];
  const lines = text
    .replace(/^\n|\n *$/g, '')
    .split(/\r?\n/)
    .map((line) => `${line.trim()}\r\n`);
  const [message] = readSipMessages(lines);
  if (message === undefined) throw new Error(`no message of SIP: ${text}`);
  const capture = from === 'ue' || to === 'ue' ? packet.capture : 'captures/core.pcap';
  return { ...packet, ...next(), capture, transport: 'udp', from, to, ...message, ...more };
}

/** Makes a TLS handshake as if it had been captured. */
export const handshake = (more: Partial<TlsHandshake>): TlsHandshake => ({
  ...packet,
  ...next(),
  stream: 0,
  offered: [0x002f],
  ...more,
});

/** Makes a connection to the web proxy as if it had been captured. */
export const tunnel = (more: Partial<Tunnel>): Tunnel => ({
  ...packet,
  ...next(),
  stream: 0,
  targets: ['pcscf.example.org:443'],
  hosts: ['pcscf.example.org:443'],
  alpn: [],
  statuses: [200],
  handshakes: 1,
  ...more,
});

/** Makes a message of STUN as if it had been captured. */
export const stun = (message: StunMessage, more: Partial<StunPacket> = {}): StunPacket => ({
  ...packet,
  ...next(),
  transport: 'udp',
  isFromUe: message.kind === 'request',
  message,
  ...more,
});

/**
 * Makes a chunk or response of MSRP as if it had been captured.
 *
 * @param text its lines, with any line ends; the end-line is added
 * @param flag the continuation flag of the end-line
 */
export function msrp(text: string, more: Partial<MsrpPacket> = {}, flag = '$'): MsrpPacket {
  const lines = text
    .replace(/^\n|\n *$/g, '')
    .split(/\r?\n/)
    .map((line) => line.trim());
  const transaction = lines[0]!.split(' ')[1];
  const bytes = Buffer.from([...lines, `-------${transaction}${flag}`, ''].join('\r\n'));
  const [chunk] = new MsrpFramer().push(bytes);
  if (chunk === undefined || chunk.kind === 'broken') throw new Error(`no chunk of MSRP: ${text}`);
  return { ...packet, ...next(), stream: 0, isFromUe: chunk.kind === 'request', chunk, ...more };
}

/** Makes a keep-alive as if it had been captured. */
export const ping = (more: Partial<Ping> = {}): Ping => ({
  ...packet,
  ...next(),
  by: 'stun',
  hasArrived: true,
  ...more,
});

/** Makes a stream of RTP as if it had been captured. */
export const rtp = (more: Partial<RtpStream> = {}): RtpStream => ({
  ...packet,
  ...next(),
  isFromUe: true,
  ssrc: 1,
  packets: [],
  ...more,
});

/**
 * Holds what was made against one rule of the table.
 *
 * @returns how often the rule held, and how it was broken: `[1]`, or `[0, 'INVITE without Via']`
 */
export function judged(id: string, read: readonly SipMessage[] | Partial<Read>): (number | string)[] {
  const rule = allRules.find((one) => one.id === id);
  if (rule === undefined) throw new Error(`there is no rule ${id}`);
  const seen = observed('length' in read ? { message: read } : read);
  const { held, breaks } = check(rule, seen);
  return [held, ...breaks.map(({ why }) => why)];
}
