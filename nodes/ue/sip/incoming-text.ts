import { longNameOf } from '../../../kit/sip-fields';
import { printable } from '../excerpt';
import { grammar } from './jssip';
import { allHeadersOf, headOf, headerOf } from './sip-text';

/**
 * Writes an incoming message in the form that JsSIP can read, without changing its meaning: folded header fields
 * come on one line (RFC 3261 7.3.1), compact names in full (7.3.3), and Content-Type as the media type alone, in
 * lower case. Lines that are no header field are left out (8.2.1). The body stays the same.
 */
export function normalised(text: string): string {
  const head = headOf(text);
  const [start = '', ...lines] = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const fields = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    const written = line.slice(0, Math.max(colon, 0)).trim();
    if (!/^[\w!%'*+\-.`~]+$/.test(written)) return [];
    const name = longNameOf(written);
    const value = line.slice(colon + 1).trim();
    return [`${name}: ${name.toLowerCase() === 'content-type' ? mediaType(value) : value}`];
  });
  // A status line without a reason phrase must end in a space, but some servers leave it out.
  const first = start.replace(/^(SIP\/2\.0 \d{3})$/i, '$1 ');
  return [first, ...fields].join('\r\n') + text.slice(head.length);
}

function mediaType(value: string): string {
  return (value.split(';')[0] ?? '').replace(/\s/g, '').toLowerCase();
}

/** The header fields without which a message can be neither matched nor answered (RFC 3261 8.1.1). */
const required = ['Via', 'From', 'To', 'Call-ID', 'CSeq'] as const;

/**
 * The header fields that JsSIP parses, each with the rule of its grammar. JsSIP drops a message
 * if it cannot read one of them.
 */
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

/** A problem of a message, in words for its sender and for the log. */
export interface SipProblem {
  /** The problem as a reason phrase (RFC 3261 21.4.1). */
  readonly phrase: string;
  /** The text that was found, if it says more. */
  readonly found?: string;
}

/** Names the part of a {@link normalised} message that JsSIP cannot read; undefined if it can read all. */
export function problemOf(text: string): SipProblem | undefined {
  const missing = required.find((name) => headerOf(text, name) === undefined);
  if (missing !== undefined) return { phrase: `Missing ${missing} header field` };
  for (const [name, rule] of parsed) {
    const values = allHeadersOf(text, name);
    // JsSIP reads only the topmost Via header field.
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
