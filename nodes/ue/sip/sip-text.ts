import { listOf } from '../../../kit/sip-fields';
import type { Endpoint } from '../protocol';

/** Reads just enough of SIP text to match responses to requests. JsSIP does the real parsing. */

/**
 * The key that matches a response to its request (RFC 3261 17.1.3): the branch of the
 * topmost Via and the method of CSeq.
 */
export interface SipKey {
  readonly branch: string;
  readonly method: string;
}

/** The content of a status line. */
export interface SipStatus {
  readonly code: number;
  readonly reason: string;
}

/** Returns the status of a response; undefined for a request. */
export function statusOf(text: string): SipStatus | undefined {
  const match = /^SIP\/2\.0 ([1-6]\d\d)(?: ([^\r\n]*))?\r\n/i.exec(text);
  return match === null ? undefined : { code: Number(match[1]), reason: match[2] ?? '' };
}

/** Returns the first value of a header field, whether it has its long or its compact name. */
export function headerOf(text: string, name: keyof typeof headerPatterns): string | undefined {
  return headerPatterns[name].exec(headOf(text))?.[1]?.trim();
}

/**
 * Returns every value of a header field by its long name. The message must have no folded
 * lines; each line is one value.
 */
export function allHeadersOf(text: string, name: string): string[] {
  const begin = `${name.toLowerCase()}:`;
  return headOf(text)
    .split('\r\n')
    .slice(1)
    .filter((line) => line.toLowerCase().startsWith(begin))
    .map((line) => line.slice(begin.length).trim());
}

/**
 * Returns every value of a header field like {@link allHeadersOf}, parted at the commas that are neither in quotes nor in
 * angle brackets (RFC 3261 7.3.1).
 */
export function valuesOf(text: string, name: string): string[] {
  return allHeadersOf(text, name).flatMap(listOf);
}

/**
 * Says whether two URIs of public user identities are the same: scheme and host are compared without regard to case, the
 * user with it, and parameters count (RFC 3261 19.1.4).
 */
export function isSameIdentity(one: string, other: string): boolean {
  const written = (uri: string): string =>
    uri.replace(
      /^([a-z]+:)([^@]*@)?(.*)$/i,
      (_, scheme: string, user: string = '', rest: string) =>
        // A number (RFC 3966) has no host, and no letters in which case would count.
        `${scheme.toLowerCase()}${user}${rest.toLowerCase()}`,
    );
  return written(one) === written(other);
}

const headerPatterns = {
  From: /\r\n(?:from|f)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)/i,
  To: /\r\n(?:to|t)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)/i,
  Via: /\r\n(?:via|v)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)/i,
  'Call-ID': /\r\n(?:call-id|i)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)/i,
  CSeq: /\r\ncseq[ \t]*:((?:[^\r\n]|\r\n[ \t])*)/i,
};

/** Returns the key of a message; undefined if a part of it is missing. */
export function keyOf(text: string): SipKey | undefined {
  const branch = /;[ \t]*branch[ \t]*=[ \t]*([^;,\s]+)/i.exec(headerOf(text, 'Via') ?? '')?.[1];
  const method = /^\d+\s+(\S+)$/.exec(headerOf(text, 'CSeq') ?? '')?.[1];
  return branch === undefined || method === undefined ? undefined : { branch, method };
}

/** Returns the seconds that `keep` in the topmost Via recommends (RFC 6223 4); undefined for no value and for 0. */
export function keepOf(text: string): number | undefined {
  const value = /;[ \t]*keep[ \t]*=[ \t]*(\d{1,6})(?=[ \t]*(?:;|$))/i.exec(firstOf(headerOf(text, 'Via')));
  const seconds = Number(value?.[1] ?? 0);
  return seconds > 0 ? seconds : undefined;
}

/** Returns where the other end saw a request come from: `received` and `rport` of the topmost Via (RFC 3581 4). */
export function seenFrom(text: string): Endpoint | undefined {
  const via = firstOf(headerOf(text, 'Via'));
  const ip = /;[ \t]*received[ \t]*=[ \t]*(\d+(?:\.\d+){3})(?=[ \t]*(?:;|$))/i.exec(via)?.[1];
  const port = /;[ \t]*rport[ \t]*=[ \t]*(\d{1,5})(?=[ \t]*(?:;|$))/i.exec(via)?.[1];
  return ip === undefined || port === undefined ? undefined : { ip, port: Number(port) };
}

function firstOf(vias = ''): string {
  return vias.split(',')[0] ?? '';
}

/** Writes the 408 that stands in for the answer to a request that nobody answered (RFC 3261 8.1.3.1). */
export function timeoutOf(request: string): string {
  const fields = headOf(request)
    .split('\r\n')
    .filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/i.test(line));
  return ['SIP/2.0 408 Request Timeout', ...fields, 'Content-Length: 0', '', ''].join('\r\n');
}

/** Returns the first line and the header fields of a message. */
export function headOf(text: string): string {
  const end = text.indexOf('\r\n\r\n');
  return end < 0 ? text : text.slice(0, end);
}
