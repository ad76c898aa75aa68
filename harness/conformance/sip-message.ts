/** A header field, with its full name and without folded lines (RFC 3261 7.3.1 and 7.3.3). */
export interface SipField {
  readonly name: string;
  readonly value: string;
}

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

/** The compact names of header fields (RFC 3261 7.3.3 and those of its extensions that IANA lists). */
const compactNames: Readonly<Record<string, string>> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
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

function readFields(head: readonly string[]): SipField[] {
  const fields: SipField[] = [];
  for (const line of head) {
    const last = fields.at(-1);
    if (/^[ \t]/.test(line) && last) {
      fields[fields.length - 1] = { name: last.name, value: `${last.value} ${line.trim()}`.trim() };
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 0) fields.push({ name: line.trim(), value: '' });
    else fields.push({ name: fullName(line.slice(0, colon).trim()), value: line.slice(colon + 1).trim() });
  }
  return fields;
}

const fullName = (name: string): string =>
  Object.hasOwn(compactNames, name.toLowerCase()) ? compactNames[name.toLowerCase()]! : name;

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
  fieldsNamed(message, name).flatMap((value) => split(value, ','));

/** Returns the parameters of the topmost Via, by name in small letters. */
export const topViaOf = (message: Pick<SipText, 'fields'>): ReadonlyMap<string, string> =>
  parametersOf(listed(message, 'Via')[0] ?? '');

/** Returns the tag in From or To; undefined if it has none. */
export const tagIn = (message: Pick<SipText, 'fields'>, name: 'From' | 'To'): string | undefined =>
  parametersOf(field(message, name) ?? '').get('tag');

/** Returns the number in CSeq; NaN if there is none. */
export const cseqOf = (message: Pick<SipText, 'fields'>): number =>
  Number(/^\d+/.exec(field(message, 'CSeq') ?? '')?.[0] ?? Number.NaN);

/** Returns the URI of an element such as `"Alice" <sip:alice@example.org>;tag=1`. */
export const uriOf = (element: string): string =>
  /<([^>]*)>/.exec(withoutQuoted(element))?.[1] ?? split(element, ';')[0] ?? '';

/**
 * Returns the parameters of an element that stand outside its URI, by name in small letters. Quotes are taken off;
 * a parameter without a value has the value `''`.
 */
export function parametersOf(element: string): ReadonlyMap<string, string> {
  return new Map(split(element, ';').slice(1).map(parameter));
}

/** Returns the parameters of a URI, by name in small letters. */
export function uriParametersOf(uri: string): ReadonlyMap<string, string> {
  return new Map(uri.split('?')[0]!.split(';').slice(1).map(parameter));
}

/** Returns the parameters of a challenge or of credentials, such as `Digest realm="x", nonce="y"`. */
export function digestOf(value: string): ReadonlyMap<string, string> {
  return new Map(split(value.replace(/^\s*\w+\s+(?=[\w-]+\s*=)/, ''), ',').map(parameter));
}

function parameter(text: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  if (equals < 0) return [text.trim().toLowerCase(), ''];
  const value = text.slice(equals + 1).trim();
  return [text.slice(0, equals).trim().toLowerCase(), value.replace(/^"(.*)"$/s, '$1')];
}

/** Cuts a text at a character, except within quotes and angle brackets. */
function split(text: string, at: ',' | ';'): string[] {
  const parts: string[] = [''];
  let quoted = false;
  let inUri = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (quoted && character === '\\') {
      parts[parts.length - 1] += character + (text[++index] ?? '');
      continue;
    }
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '<' || character === '>')) inUri = character === '<';
    if (character === at && !quoted && !inUri) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

const withoutQuoted = (text: string): string => text.replace(/"(?:[^"\\]|\\.)*"/gs, '');
