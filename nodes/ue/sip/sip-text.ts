import type { Endpoint } from '../protocol';

/** Just enough reading of SIP text to match responses to requests; parsing proper is JsSIP's. */

/** What matches a response to its request (RFC 3261 17.1.3): the branch of the topmost Via and the method of CSeq. */
export interface SipKey {
  readonly branch: string;
  readonly method: string;
}

/** A status line's content. */
export interface SipStatus {
  readonly code: number;
  readonly reason: string;
}

/** The status of a response; nothing for a request. */
export function statusOf(text: string): SipStatus | undefined {
  const match = /^SIP\/2\.0 ([1-6]\d\d)(?: ([^\r\n]*))?\r\n/i.exec(text);
  return match === null ? undefined : { code: Number(match[1]), reason: match[2] ?? '' };
}

/** The first value of a header field, by its long or its compact name. */
export function headerOf(text: string, name: keyof typeof headerPatterns): string | undefined {
  return headerPatterns[name].exec(headOf(text))?.[1]?.trim();
}

/** Every value of a header field, by its long name, of a message without folded lines; each line is one value. */
export function allHeadersOf(text: string, name: string): string[] {
  const begin = `${name.toLowerCase()}:`;
  return headOf(text)
    .split('\r\n')
    .slice(1)
    .filter((line) => line.toLowerCase().startsWith(begin))
    .map((line) => line.slice(begin.length).trim());
}

const headerPatterns = {
  From: /\r\n(?:from|f)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)/i,
  To: /\r\n(?:to|t)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)/i,
  Via: /\r\n(?:via|v)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)/i,
  'Call-ID': /\r\n(?:call-id|i)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)/i,
  CSeq: /\r\ncseq[ \t]*:((?:[^\r\n]|\r\n[ \t])*)/i,
};

/** The key of a message; nothing if it lacks a part of it. */
export function keyOf(text: string): SipKey | undefined {
  const branch = /;[ \t]*branch[ \t]*=[ \t]*([^;,\s]+)/i.exec(headerOf(text, 'Via') ?? '')?.[1];
  const method = /^\d+\s+(\S+)$/.exec(headerOf(text, 'CSeq') ?? '')?.[1];
  return branch === undefined || method === undefined ? undefined : { branch, method };
}

/** Seconds that `keep` in the topmost Via recommends (RFC 6223 4); nothing without a value, and for 0, which recommends none. */
export function keepOf(text: string): number | undefined {
  const value = /;[ \t]*keep[ \t]*=[ \t]*(\d{1,6})(?=[ \t]*(?:;|$))/i.exec(firstOf(headerOf(text, 'Via')));
  const seconds = Number(value?.[1] ?? 0);
  return seconds > 0 ? seconds : undefined;
}

/** How the other end saw where a request came from: `received` and `rport` of the topmost Via (RFC 3581 4). */
export function seenFrom(text: string): Endpoint | undefined {
  const via = firstOf(headerOf(text, 'Via'));
  const ip = /;[ \t]*received[ \t]*=[ \t]*(\d+(?:\.\d+){3})(?=[ \t]*(?:;|$))/i.exec(via)?.[1];
  const port = /;[ \t]*rport[ \t]*=[ \t]*(\d{1,5})(?=[ \t]*(?:;|$))/i.exec(via)?.[1];
  return ip === undefined || port === undefined ? undefined : { ip, port: Number(port) };
}

function firstOf(vias = ''): string {
  return vias.split(',')[0] ?? '';
}

/** The 408 that a request is treated as having got when nobody answered it (RFC 3261 8.1.3.1). */
export function timeoutOf(request: string): string {
  const fields = headOf(request)
    .split('\r\n')
    .filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/i.test(line));
  return ['SIP/2.0 408 Request Timeout', ...fields, 'Content-Length: 0', '', ''].join('\r\n');
}

/** The first line and the header fields. */
export function headOf(text: string): string {
  const end = text.indexOf('\r\n\r\n');
  return end < 0 ? text : text.slice(0, end);
}
