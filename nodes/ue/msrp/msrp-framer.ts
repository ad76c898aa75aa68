/**
 * The flag that ends a chunk (RFC 4975 7.1): `$` for the last chunk of a message, `+` for one that others follow,
 * `#` for the last one of a message that is given up.
 */
export type Continuation = '$' | '+' | '#';

/** Header fields by their name in lower case; of a repeated field it has the first. */
export type MsrpHeaders = ReadonlyMap<string, string>;

/** One frame of an MSRP stream. */
export type MsrpFrame =
  | MsrpRequest
  | MsrpResponse
  /** The stream has lost its framing; nothing after this can be read. */
  | { readonly kind: 'broken'; readonly reason: string };

/** A chunk: a request with a part of a message, with a whole one, or with none. */
export interface MsrpRequest {
  readonly kind: 'request';
  readonly transaction: string;
  readonly method: string;
  readonly headers: MsrpHeaders;
  /** The content; undefined if there is none at all, as in a SEND that only binds the connection. */
  readonly body: Buffer | undefined;
  readonly continuation: Continuation;
}

export interface MsrpResponse {
  readonly kind: 'response';
  readonly transaction: string;
  readonly status: number;
  readonly reason: string;
  readonly headers: MsrpHeaders;
}

/** The longest head, and the longest content of one chunk, that are accepted; the RFC limits neither. */
export const msrpHeadLimit = 8 * 1024;
export const msrpBodyLimit = 1024 * 1024;

const magic = Buffer.from('MSRP ');
const startLine = /^MSRP ([A-Za-z0-9][A-Za-z0-9.\-+%=]{3,31}) (?:([A-Z]{1,32})|(\d{3})(?: ([^\r\n]*))?)$/;
const headerField = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/;
/** Bytes after the beginning of an end-line: the continuation flag and CRLF. */
const endTail = 3;
/** Bytes to see beyond a limit before it counts as exceeded; more than the longest delimiter has. */
const slack = 64;

/** A chunk whose head has come. */
interface Head {
  readonly transaction: string;
  readonly method: string | undefined;
  readonly status: number;
  readonly reason: string;
  readonly headers: MsrpHeaders;
  readonly delimiter: Buffer;
  /** Offset of the content in the buffer; undefined if there is none. */
  readonly bodyStart: number | undefined;
  /** Offset at which the search for the end-line begins. */
  readonly searchFrom: number;
}

/**
 * Cuts a byte stream, in pieces of any size, into MSRP chunks by their end-lines (RFC 4975 5.1, 9). It never
 * throws, and never holds more than one chunk within the limits besides the piece that it was given.
 */
export class MsrpFramer {
  private buffer: Buffer = Buffer.alloc(0);
  private lost = false;
  private head: Head | undefined;
  /**
   * Offset at which the search for the end of head or content goes on, so that content
   * in many pieces is scanned once.
   */
  private scanned = 0;

  push(piece: Buffer): MsrpFrame[] {
    if (this.lost) return [];
    this.buffer = this.buffer.length === 0 ? piece : Buffer.concat([this.buffer, piece]);
    const frames: MsrpFrame[] = [];
    for (let frame = this.next(); frame !== undefined; frame = this.next()) {
      frames.push(frame);
      if (frame.kind === 'broken') {
        this.lost = true;
        this.buffer = Buffer.alloc(0);
        break;
      }
    }
    return frames;
  }

  /** Number of bytes of a chunk whose end has not come. */
  get pending(): number {
    return this.buffer.length;
  }

  private next(): MsrpFrame | undefined {
    if (this.head === undefined) {
      const head = this.readHead();
      if (head === undefined || 'kind' in head) return head;
      this.head = head;
      this.scanned = head.searchFrom;
    }
    return this.readToEnd(this.head);
  }

  private readHead(): Head | MsrpFrame | undefined {
    const { buffer } = this;
    const seen = Math.min(buffer.length, magic.length);
    if (!buffer.subarray(0, seen).equals(magic.subarray(0, seen))) {
      return broken('a chunk does not begin as MSRP does');
    }
    const lineEnd = buffer.indexOf('\r\n');
    if (lineEnd < 0 || lineEnd > msrpHeadLimit) return this.unlessTooLong();
    const start = startLine.exec(buffer.toString('latin1', 0, lineEnd));
    const transaction = start?.[1];
    if (start === null || transaction === undefined) return broken("a chunk's first line cannot be read");

    const delimiter = Buffer.from(`\r\n-------${transaction}`);
    const from = Math.max(lineEnd, this.scanned);
    const blank = buffer.indexOf('\r\n\r\n', from);
    const endLine = buffer.indexOf(delimiter, from);
    const headEnd = blank < 0 || (endLine >= 0 && endLine < blank) ? endLine : blank;
    if (headEnd < 0 || headEnd > msrpHeadLimit) {
      this.scanned = Math.max(lineEnd, buffer.length - slack);
      return this.unlessTooLong();
    }
    const headers = readHeaders(buffer.toString('utf8', Math.min(lineEnd + 2, headEnd), headEnd));
    if (headers === undefined) return broken("a chunk's header cannot be read");
    const hasBody = headEnd === blank;
    return {
      transaction,
      method: start[2],
      status: Number(start[3] ?? 0),
      reason: start[4] ?? '',
      headers,
      delimiter,
      bodyStart: hasBody ? headEnd + 4 : undefined,
      // The CRLF of the blank line may be the one before the end-line, because some ends
      // leave out empty content wholly.
      searchFrom: hasBody ? headEnd + 2 : headEnd,
    };
  }

  private unlessTooLong(): MsrpFrame | undefined {
    return this.buffer.length > msrpHeadLimit + slack
      ? broken(`a chunk's head is longer than ${msrpHeadLimit} bytes`)
      : undefined;
  }

  private readToEnd(head: Head): MsrpFrame | undefined {
    const { buffer } = this;
    const { delimiter, bodyStart } = head;
    const limit = (bodyStart ?? head.searchFrom) + msrpBodyLimit;
    const tooLong = broken(`a chunk's content is longer than ${msrpBodyLimit} bytes`);
    for (;;) {
      const end = buffer.indexOf(delimiter, this.scanned);
      if (end > limit) return tooLong;
      if (end < 0) {
        this.scanned = Math.max(this.scanned, buffer.length - delimiter.length);
        return buffer.length > limit + slack ? tooLong : undefined;
      }
      this.scanned = end;
      const tail = end + delimiter.length;
      if (buffer.length < tail + endTail) return undefined;
      const continuation = continuationOf(buffer.toString('latin1', tail, tail + endTail));
      if (continuation !== undefined) {
        const body =
          bodyStart === undefined ? undefined : buffer.subarray(bodyStart, Math.max(bodyStart, end));
        this.buffer = buffer.subarray(tail + endTail);
        this.head = undefined;
        this.scanned = 0;
        return frameOf(head, body, continuation);
      }
      // Content may hold the text of an end-line, since another transaction id may begin like this one. A head may not.
      if (bodyStart === undefined) return broken("a chunk's end-line cannot be read");
      this.scanned = end + 1;
    }
  }
}

function frameOf(head: Head, body: Buffer | undefined, continuation: Continuation): MsrpFrame {
  const { transaction, method, status, reason, headers } = head;
  return method === undefined
    ? { kind: 'response', transaction, status, reason, headers }
    : { kind: 'request', transaction, method, headers, body, continuation };
}

function readHeaders(text: string): MsrpHeaders | undefined {
  const headers = new Map<string, string>();
  if (text === '') return headers;
  for (const line of text.split('\r\n')) {
    const [, name, value] = headerField.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    if (!headers.has(key)) headers.set(key, value);
  }
  return headers;
}

function continuationOf(tail: string): Continuation | undefined {
  const [flag, ...rest] = tail;
  return rest.join('') === '\r\n' && (flag === '$' || flag === '+' || flag === '#') ? flag : undefined;
}

function broken(reason: string): MsrpFrame & { kind: 'broken' } {
  return { kind: 'broken', reason };
}
