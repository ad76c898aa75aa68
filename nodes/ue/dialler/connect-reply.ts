import { excerpt, printable } from '../excerpt';

/** The answer to an HTTP CONNECT, as far as a client needs it. */
export type ConnectReply =
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly reason: string;
      /** The authentication schemes that a 407 asks for, in its own spelling. */
      readonly schemes: readonly string[];
      /** The bytes after the head. After a 2xx they belong to the tunnel (RFC 9110 9.3.6). */
      readonly rest: Buffer;
    }
  | {
      readonly kind: 'broken';
      readonly reason: string;
    };

/** Most bytes before the tunnel's first byte, interim replies included; a proxy's real heads are below 1 KiB. */
export const connectReplyLimit = 16 * 1024;

const statusLine = /^HTTP\/1\.\d ([1-9]\d\d)(?: (.*))?$/;
/** The empty line that ends a head. A line may end in LF alone (RFC 9112 2.2). */
const headEnd = /\r?\n\r?\n/;

/**
 * Reads the reply to CONNECT from a stream that may be cut into chunks anywhere. The head ends at the empty line.
 * In a 2xx Content-Length and Transfer-Encoding are ignored (RFC 9110 9.3.6). 1xx replies are skipped (15.2) except
 * 101, after which another protocol comes and no other reply (15.2.2).
 */
export class ConnectReplyParser {
  private buffer: Buffer = Buffer.alloc(0);
  private skipped = 0;
  private done = false;

  /**
   * Takes the next bytes.
   * @returns the reply when it is complete, or a broken one when the bytes cannot become a
   *   reply. After that nothing is read.
   */
  push(chunk: Buffer): ConnectReply | undefined {
    if (this.done) return undefined;
    this.buffer = Buffer.concat([this.buffer, chunk]);
    const reply = this.read();
    if (reply !== undefined) this.done = true;
    return reply;
  }

  /**
   * Ends the reply, because the stream has ended.
   * @returns a refusal whose status line came without the whole head; a broken reply that quotes other
   *   bytes; or nothing if no bytes came
   */
  end(): ConnectReply | undefined {
    if (this.done) return undefined;
    this.done = true;
    if (this.buffer.length === 0) return undefined;
    const status = readStatus(this.buffer);
    // A 2xx whose head did not come to its end opens no tunnel.
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

/** Reads the status line, once it is there. */
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
 * Returns the schemes of every Proxy-Authenticate field (RFC 9110 11.7.1). Its value is a list of
 * challenges. Each is a scheme with parameters that are separated by commas too, so an element without a
 * scheme belongs to the challenge before it.
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
