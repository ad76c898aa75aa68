import { printable } from '../excerpt';
import { grammar } from './jssip';
import { allHeadersOf, headOf, headerOf } from './sip-text';

/** RFC 3261 7.3.3 and the RFCs of each: the compact names of header fields. */
const longNames: Readonly<Record<string, string>> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
};

/**
 * Writes what came in as JsSIP reads it, with nothing of its meaning lost: folded header fields on one line (RFC 3261
 * 7.3.1), compact names in full (7.3.3), the media type of Content-Type alone and in lower case. What is no header field
 * is left out (8.2.1). The body stays as it is.
 */
export function normalised(text: string): string {
  const head = headOf(text);
  const [start = '', ...lines] = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const fields = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    const written = line.slice(0, Math.max(colon, 0)).trim();
    if (!/^[\w!%'*+\-.`~]+$/.test(written)) return [];
    const name = longNames[written.toLowerCase()] ?? written;
    const value = line.slice(colon + 1).trim();
    return [`${name}: ${name.toLowerCase() === 'content-type' ? mediaType(value) : value}`];
  });
  // A status line ends in SP where it has no reason phrase, which not everybody writes.
  const first = start.replace(/^(SIP\/2\.0 \d{3})$/i, '$1 ');
  return [first, ...fields].join('\r\n') + text.slice(head.length);
}

function mediaType(value: string): string {
  return (value.split(';')[0] ?? '').replace(/\s/g, '').toLowerCase();
}

/** Without these nothing can be matched to anything, nor answered (RFC 3261 8.1.1). */
const required = ['Via', 'From', 'To', 'Call-ID', 'CSeq'] as const;

/** Header fields that JsSIP refuses a message for, and with what rule of its grammar each is read. */
const parsed: readonly (readonly [name: string, rule: string])[] = [
  ...required.map((name) => [name, name.replace('-', '_')] as const),
  ['Contact', 'Contact'],
  ['Record-Route', 'Record_Route'],
  ['Content-Length', 'Content_Length'],
  ['Content-Type', 'Content_Type'],
  ['Max-Forwards', 'Max_Forwards'],
  ['WWW-Authenticate', 'WWW_Authenticate'],
  ['Proxy-Authenticate', 'Proxy_Authenticate'],
  ['Session-Expires', 'Session_Expires'],
  ['Refer-To', 'Refer_To'],
  ['Replaces', 'Replaces'],
  ['Event', 'Event'],
];

/** What is wrong with a message, for its sender and for the log. */
export interface SipProblem {
  /** As a reason phrase (RFC 3261 21.4.1). */
  readonly phrase: string;
  /** What was found there, where that says more. */
  readonly found?: string;
}

/** Names the part of a {@link normalised} message that JsSIP cannot read; nothing if it can read all. */
export function problemOf(text: string): SipProblem | undefined {
  const missing = required.find((name) => headerOf(text, name) === undefined);
  if (missing !== undefined) return { phrase: `Missing ${missing} header field` };
  for (const [name, rule] of parsed) {
    const values = allHeadersOf(text, name);
    // It reads only the topmost Via header field.
    const found = (name === 'Via' ? values.slice(0, 1) : values).find((value) => !follows(value, rule));
    if (found !== undefined)
      return { phrase: `${name} header field cannot be read`, found: printable(found) };
  }
  const [start = ''] = text.split('\r\n', 1);
  if (follows(start, 'Request_Response') && text.includes('\r\n\r\n')) return undefined;
  return { phrase: 'Message cannot be read', found: printable(start) };
}

function follows(value: string, rule: string): boolean {
  try {
    return grammar.parse(value, rule) !== -1;
  } catch {
    return false;
  }
}
