import { readFields, type SipField } from '../../kit/sip-fields';
import type { Attempt } from '../ue/attempt';
import { printable } from '../ue/excerpt';

/** A SIP message that a phone says that it sent or received. */
export interface TracedMessage {
  /** Says whether the phone sent it. */
  readonly isSent: boolean;
  /** Method of a request. */
  readonly method?: string;
  /** Status code of a response, and what follows it. */
  readonly status?: SipStatus;
  readonly fields: readonly SipField[];
  readonly body: string;
}

export interface SipStatus {
  readonly code: number;
  readonly reason: string;
}

/** Most characters of one message; a longer one is none of this lab. */
export const longestMessage = 65_536;

/**
 * Reads a SIP message out of a phone's trace.
 * @param lines of the message, without their ends
 * @returns undefined if they are no SIP message
 */
export function tracedMessage(
  isSent: boolean,
  [start = '', ...rest]: readonly string[],
): TracedMessage | undefined {
  const headEnd = rest.indexOf('');
  const fields = readFields(headEnd < 0 ? rest : rest.slice(0, headEnd));
  const body = headEnd < 0 ? '' : rest.slice(headEnd + 1).join('\n');
  const [, code, reason = ''] = /^SIP\/2\.0 (\d{3})(?: (.*))?$/.exec(start) ?? [];
  if (code !== undefined) return { isSent, status: { code: Number(code), reason }, fields, body };
  const [, method] = /^([A-Z]+) \S+ SIP\/2\.0$/.exec(start) ?? [];
  return method === undefined ? undefined : { isSent, method, fields, body };
}

/** Returns the first value of a header field; undefined if it is not there. */
export const fieldOf = ({ fields }: Pick<TracedMessage, 'fields'>, name: string): string | undefined =>
  fields.find((field) => field.name.toLowerCase() === name.toLowerCase())?.value;

/** Writes a status as `403 Forbidden`. */
export const statusWords = ({ code, reason }: SipStatus): string => printable(`${code} ${reason}`.trim());

/** Announces the identifiers of a request that a phone sends. In TLS nobody else can read them. */
export function tellIdentifiers({ method, isSent, fields }: TracedMessage, attempt: Attempt): void {
  if (method === undefined || !isSent) return;
  const branch = /;\s*branch=([^;,\s]+)/.exec(fieldOf({ fields }, 'Via') ?? '')?.[1];
  const callId = fieldOf({ fields }, 'Call-ID');
  if (callId !== undefined) attempt.tellIdentifier('sip-call-id', callId);
  if (branch !== undefined) attempt.tellIdentifier('sip-branch', branch);
}
