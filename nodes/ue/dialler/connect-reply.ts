import { excerpt, printable } from '../excerpt';

/** The answer to an HTTP CONNECT, as far as a client needs it. */
export type ConnectReply =
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly reason: string;
      /** The schemes that a 407 asks for, as it writes them. */
      readonly schemes: readonly string[];
      /** After a 2xx these bytes belong to the tunnel (RFC 9110 9.3.6). */
      readonly rest: Buffer;
    }
  | {
      readonly kind: 'broken';
      readonly reason: string;
    };

/** All that may come before the tunnel's first byte, interim replies included; a proxy's real heads are below 1 KiB. */
export const connectReplyLimit = 16 * 1024;

const statusLine = /^HTTP\/1\.\d ([1-9]\d\d)(?: (.*))?$/;
/** RFC 9112 2.2: a line may end in LF alone. */
const headEnd = /\r?\n\r?\n/;

/**
 * Reads the reply to CONNECT from a stream, however it is cut into chunks. The head ends at the empty line. Of a 2xx
 * nothing else counts: Content-Length and Transfer-Encoding are ignored (RFC 9110 9.3.6). 1xx replies are skipped (15.2),
 * but for 101: behind that comes another protocol, and no other reply (15.2.2).
 */
export class ConnectReplyParser {
  private buffer: Buffer = Buffer.alloc(0);
  private skipped = 0;
  private done = false;

  /**
   * Takes the next bytes.
   * @returns the reply when it is complete or cannot become one, else nothing. After that nothing more is read.
   */
  push(chunk: Buffer): ConnectReply | undefined {
    if (this.done) return undefined;
    this.buffer = Buffer.concat([this.buffer, chunk]);
    const reply = this.read();
    if (reply !== undefined) this.done = true;
    return reply;
  }

  /**
   * Nothing more comes.
   * @returns a refusal of which the status came, the head not wholly; what else came is quoted, if anything did
   */
  end(): ConnectReply | undefined {
    if (this.done) return undefined;
    this.done = true;
    if (this.buffer.length === 0) return undefined;
    const status = readStatus(this.buffer);
    // A 2xx may have been cut in the middle of its head: there is no tunnel without its end.
    if (status?.kind === 'reply' && status.status >= 300) return status;
    return broken(`the reply breaks off after ${excerpt(this.buffer)}`);
  }

  private read(): ConnectReply | undefined {
    for (;;) {
      if (!couldBeHttp(this.buffer))
        return broken(`the reply is not HTTP/1.x: it begins with ${excerpt(this.buffer)}`);
      const reply = readStatus(this.buffer);
      if (reply?.kind === 'broken') return reply;
      const room = connectReplyLimit - this.skipped;
      const text = this.buffer.toString('latin1', 0, room);
      const end = headEnd.exec(text);
      if (end === null || reply === undefined) {
        return this.buffer.length < room
          ? undefined
          : broken(`the reply's head is longer than ${connectReplyLimit} bytes`);
      }
      const length = end.index + end[0].length;
      const rest = this.buffer.subarray(length);
      if (reply.status >= 200 || reply.status === 101)
        return { ...reply, schemes: reply.status === 407 ? schemesIn(text.slice(0, end.index)) : [], rest };
      this.skipped += length;
      this.buffer = rest;
    }
  }
}

/** What the first line says, once it is there. */
function readStatus(buffer: Buffer): ConnectReply | undefined {
  const end = buffer.subarray(0, connectReplyLimit).indexOf('\n');
  if (end < 0) return undefined;
  const line = buffer.toString('latin1', 0, end).replace(/\r$/, '');
  const match = statusLine.exec(line);
  if (match === null) return broken(`the reply's status line is malformed: ${printable(line)}`);
  return {
    kind: 'reply',
    status: Number(match[1]),
    reason: printable(match[2] ?? '').trim(),
    schemes: [],
    rest: Buffer.alloc(0),
  };
}

const parameter = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+[ \t]*=(?!=*$)/;
const scheme = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:[ \t]|$)/;

/**
 * The schemes of every Proxy-Authenticate field (RFC 9110 11.7.1): a list of challenges, each a scheme with parameters
 * that are separated by commas too, so that an element without a scheme belongs to the challenge before it.
 */
function schemesIn(head: string): string[] {
  const fields = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const values = fields.flatMap((field) => /^proxy-authenticate[ \t]*:(.*)$/i.exec(field)?.[1] ?? []);
  const schemes = values
    .flatMap((value) => value.match(/(?:"(?:[^"\\]|\\.)*"?|[^,"])+/g) ?? [])
    .map((element) => element.trim())
    .flatMap((element) => (parameter.test(element) ? [] : (scheme.exec(element)?.[1] ?? [])));
  return [...new Map(schemes.map((name) => [name.toLowerCase(), printable(name)])).values()];
}

function couldBeHttp(head: Buffer): boolean {
  const expected = 'HTTP/1.';
  const seen = head.toString('latin1', 0, expected.length);
  return expected.startsWith(seen);
}

function broken(reason: string): ConnectReply & { kind: 'broken' } {
  return { kind: 'broken', reason };
}
