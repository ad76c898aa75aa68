import { listOf, parametersOf, readFields, type SipField } from '../../kit/sip-fields';

/** A SIP message as it is written, apart from where it was seen. */
export interface SipText {
  readonly startLine: string;
  /** The method of a request; of a response, that of its CSeq. */
  readonly method: string;
  /** The Request-URI; undefined for a response. */
  readonly uri?: string;
  /** The status code; undefined for a request. */
  readonly status?: number;
  /** The header fields in the order in which they came. */
  readonly fields: readonly SipField[];
  readonly body: string;
}

const requestLine = /^(\S+) (\S+) SIP\/2\.0$/;
const statusLine = /^SIP\/2\.0 ([1-6]\d\d) ?/;

/**
 * Reads the messages of a packet, given as the lines of their text. A packet of a stream can have several; what
 * stands between them, such as a CRLF that keeps the connection alive, is left out.
 *
 * @param lines each with the CRLF that ends it, if any does
 */
export function readSipMessages(lines: readonly string[]): SipText[] {
  const messages: SipText[] = [];
  for (let next = 0; next < lines.length;) {
    const startLine = withoutEnd(lines[next]!);
    next += 1;
    if (!requestLine.test(startLine) && !statusLine.test(startLine)) continue;
    const head: string[] = [];
    while (next < lines.length && withoutEnd(lines[next]!) !== '') head.push(withoutEnd(lines[next++]!));
    next += 1;
    const fields = readFields(head);
    const length = Number(fields.find(({ name }) => name === 'Content-Length')?.value ?? Infinity);
    let body = '';
    while (next < lines.length && Buffer.byteLength(body) < length) body += lines[next++]!;
    messages.push(sipText(startLine, fields, body));
  }
  return messages;
}

const withoutEnd = (line: string): string => line.replace(/\r?\n$/, '');

function sipText(startLine: string, fields: readonly SipField[], body: string): SipText {
  const [, method, uri] = requestLine.exec(startLine) ?? [];
  if (method !== undefined && uri !== undefined) return { startLine, method, uri, fields, body };
  const status = Number(statusLine.exec(startLine)![1]);
  return { startLine, method: /\S+$/.exec(field({ fields }, 'CSeq') ?? '')?.[0] ?? '', status, fields, body };
}

/** Says whether a message is a request, and no response. */
export const isRequest = ({ status }: Pick<SipText, 'status'>): boolean => status === undefined;

/** Says whether a message is a response of success (RFC 3261 21.2). */
export const isSuccess = ({ status = 0 }: Pick<SipText, 'status'>): boolean => status >= 200 && status < 300;

/** Says whether a message is a request outside of dialogs that is no registration. */
export const isInitial = (message: Pick<SipText, 'status' | 'method' | 'fields'>): boolean =>
  isRequest(message) &&
  !['REGISTER', 'ACK', 'CANCEL'].includes(message.method) &&
  tagIn(message, 'To') === undefined;

/** Returns the values of every header field of this name, one for each line. The case of the name does not matter. */
export function fieldsNamed({ fields }: Pick<SipText, 'fields'>, name: string): string[] {
  const wanted = name.toLowerCase();
  return fields.filter((one) => one.name.toLowerCase() === wanted).map(({ value }) => value);
}

/** Returns the value of the first header field of this name; undefined if there is none. */
export const field = (message: Pick<SipText, 'fields'>, name: string): string | undefined =>
  fieldsNamed(message, name)[0];

/** Returns the elements of a header field that is a list, from all its lines (RFC 3261 7.3.1). */
export const listed = (message: Pick<SipText, 'fields'>, name: string): string[] =>
  fieldsNamed(message, name).flatMap(listOf);

/** Returns the parameters of the topmost Via, by name in small letters. */
export const topViaOf = (message: Pick<SipText, 'fields'>): ReadonlyMap<string, string> =>
  parametersOf(listed(message, 'Via')[0] ?? '');

/** Returns the tag in From or To; undefined if it has none. */
export const tagIn = (message: Pick<SipText, 'fields'>, name: 'From' | 'To'): string | undefined =>
  parametersOf(field(message, name) ?? '').get('tag');

/** Returns the number in CSeq; NaN if there is none. */
export const cseqOf = (message: Pick<SipText, 'fields'>): number =>
  Number(/^\d+/.exec(field(message, 'CSeq') ?? '')?.[0] ?? Number.NaN);
