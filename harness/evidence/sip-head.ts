import { listOf, readFields } from '../../kit/sip-fields';

/** The start line and the header fields of a SIP message (RFC 3261 7), as far as they were captured. */
export interface SipHead {
  /** Method and Request-URI of a request. */
  readonly request?: { readonly method: string; readonly uri: string };
  /** Status code and reason phrase of a response. */
  readonly status?: { readonly code: number; readonly reason: string };
  /** Returns all values of a header field by its long name, from the top; values that commas part are parted. */
  all(name: string): readonly string[];
}

/** Reads the head of the SIP message that the bytes are; undefined if they are none. Nothing in them makes it throw. */
export function readSipHead(bytes: Uint8Array): SipHead | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const [start = '', ...lines] = (end < 0 ? text : text.slice(0, end)).split('\r\n');
  // Where the end of the head was not captured, the last header field may be cut off, with the lines that it is folded into.
  if (end < 0) while (/^[ \t]/.test(lines.pop() ?? ''));
  const [, method, uri] = /^([\w!%'*+\-.`~]+) (\S+) SIP\/2\.0$/i.exec(start) ?? [];
  const [, code, reason = ''] = /^SIP\/2\.0 (\d{3})(?: (.*))?$/i.exec(start) ?? [];
  if (method === undefined && code === undefined) return undefined;
  const fields = readFields(lines);
  return {
    ...(method !== undefined && uri !== undefined && { request: { method, uri } }),
    ...(code !== undefined && { status: { code: Number(code), reason } }),
    all: (name) =>
      fields
        .filter((field) => field.name.toLowerCase() === name.toLowerCase())
        .flatMap(({ value }) => listOf(value)),
  };
}
