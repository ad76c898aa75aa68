import { check } from '../check';
import { observed, type Read } from '../observed';
import { allRules } from '../rules';
import { readSipMessages } from '../sip-message';
import type { Party, SipMessage, TlsHandshake, Tunnel } from '../sighting';

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
  statuses: [200],
  handshakes: 1,
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
