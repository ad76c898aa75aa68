/** A header field of SIP, with its full name and without folded lines (RFC 3261 7.3.1 and 7.3.3). */
export interface SipField {
  readonly name: string;
  readonly value: string;
}

/** The compact names of header fields (RFC 3261 7.3.3 and those of its extensions that IANA lists). */
const longNames: ReadonlyMap<string, string> = new Map([
  ['a', 'Accept-Contact'],
  ['b', 'Referred-By'],
  ['c', 'Content-Type'],
  ['d', 'Request-Disposition'],
  ['e', 'Content-Encoding'],
  ['f', 'From'],
  ['i', 'Call-ID'],
  ['j', 'Reject-Contact'],
  ['k', 'Supported'],
  ['l', 'Content-Length'],
  ['m', 'Contact'],
  ['o', 'Event'],
  ['r', 'Refer-To'],
  ['s', 'Subject'],
  ['t', 'To'],
  ['u', 'Allow-Events'],
  ['v', 'Via'],
  ['x', 'Session-Expires'],
]);

/** Returns the long name of a header field that is written with its compact one; any other name stays as it is. */
export const longNameOf = (name: string): string => longNames.get(name.toLowerCase()) ?? name;

/**
 * Reads header fields in the order in which they came. A line that is no header field is one without a value.
 * @param lines of the head after the start line, without their ends
 */
export function readFields(lines: readonly string[]): SipField[] {
  const fields: SipField[] = [];
  for (const line of lines) {
    const last = fields.at(-1);
    if (/^[ \t]/.test(line) && last) {
      fields[fields.length - 1] = { name: last.name, value: `${last.value} ${line.trim()}`.trim() };
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 0) fields.push({ name: line.trim(), value: '' });
    else fields.push({ name: longNameOf(line.slice(0, colon).trim()), value: line.slice(colon + 1).trim() });
  }
  return fields;
}

/** Returns the elements of a header field that is a list (RFC 3261 7.3.1). */
export const listOf = (value: string): string[] => split(value, ',');

/** Returns the URI of an element such as `"Alice" <sip:alice@example.org>;tag=1` (RFC 3261 20.10). */
export const uriOf = (element: string): string =>
  /<([^>]*)>/.exec(withoutQuoted(element))?.[1] ?? split(element, ';')[0] ?? '';

/** Returns the user of a SIP URI, such as `alice` of `sip:alice@example.org`; undefined if it has none. */
export const userOf = (uri: string): string | undefined => /^sips?:([^@;]+)@/i.exec(uri)?.[1];

/**
 * Returns the parameters of an element that stand outside its URI, by name in small letters. Quotes are taken off;
 * a parameter without a value has the value `''`.
 */
export const parametersOf = (element: string): ReadonlyMap<string, string> =>
  new Map(split(element, ';').slice(1).map(parameter));

/** Returns the parameters of a URI, by name in small letters. */
export const uriParametersOf = (uri: string): ReadonlyMap<string, string> =>
  new Map(uri.split('?')[0]!.split(';').slice(1).map(parameter));

/** Returns the parameters of a challenge or of credentials, such as `Digest realm="x", nonce="y"`. */
export const digestOf = (value: string): ReadonlyMap<string, string> =>
  new Map(split(value.replace(/^\s*\w+\s+(?=[\w-]+\s*=)/, ''), ',').map(parameter));

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
