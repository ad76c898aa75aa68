/** The start line and the header fields of a SIP message (RFC 3261 7), as far as they were captured. */
export interface SipHead {
  /** Method and Request-URI of a request. */
  readonly request?: { readonly method: string; readonly uri: string };
  /** Status code and reason phrase of a response. */
  readonly status?: { readonly code: number; readonly reason: string };
  /** Returns all values of a header field by its long name, from the top; values that commas part are parted. */
  all(name: string): readonly string[];
}

/** The compact names (RFC 3261 7.3.3) of the fields that are asked for here. */
const longNames: Readonly<Record<string, string>> = {
  v: 'via',
  i: 'call-id',
  m: 'contact',
  f: 'from',
  t: 'to',
};

/** Reads the head of the SIP message that the bytes are; undefined if they are none. Nothing in them makes it throw. */
export function readSipHead(bytes: Uint8Array): SipHead | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const [start = '', ...lines] = (end < 0 ? text : text.slice(0, end))
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  // Where the end of the head was not captured, the last line may be cut off.
  if (end < 0) lines.pop();
  const [, method, uri] = /^([\w!%'*+\-.`~]+) (\S+) SIP\/2\.0$/i.exec(start) ?? [];
  const [, code, reason = ''] = /^SIP\/2\.0 (\d{3})(?: (.*))?$/i.exec(start) ?? [];
  if (method === undefined && code === undefined) return undefined;
  const fields = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    if (colon < 0) return [];
    const name = line.slice(0, colon).trim().toLowerCase();
    return [[longNames[name] ?? name, line.slice(colon + 1).trim()] as const];
  });
  return {
    ...(method !== undefined && uri !== undefined && { request: { method, uri } }),
    ...(code !== undefined && { status: { code: Number(code), reason } }),
    all: (name) =>
      fields.filter(([known]) => known === name.toLowerCase()).flatMap(([, value]) => partsOf(value)),
  };
}

/** Parts a value at the commas that are neither in quotes nor in angle brackets (RFC 3261 7.3.1). */
function partsOf(value: string): string[] {
  return [...value.matchAll(/(?:"(?:[^"\\]|\\.)*"?|<[^>]*>?|[^,"<])+/g)].map(([part]) => part.trim());
}

/** Returns a parameter of a Via, and an empty string for one without a value; undefined if it is not there. */
export function viaParameter(via: string, name: string): string | undefined {
  const parameter = via
    .split(';')
    .slice(1)
    .map((one) => /^\s*([^=\s]+)\s*(?:=\s*(\S*))?/.exec(one))
    .find((found) => found?.[1]?.toLowerCase() === name);
  return parameter ? (parameter[2] ?? '') : undefined;
}
