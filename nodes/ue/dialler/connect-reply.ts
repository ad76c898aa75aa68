/** The answer to an HTTP CONNECT, as far as a client needs it. */
export type ConnectReply =
  | { readonly kind: 'reply'; readonly status: number; readonly reason: string; readonly rest: Buffer }
  | { readonly kind: 'broken'; readonly reason: string };

/** Status line and fields may be this long; a proxy's real ones are below 1 KiB. */
export const connectReplyLimit = 16 * 1024;

const statusLine = /^HTTP\/1\.[01] ([1-9]\d\d)(?: ([^\r\n]*))?$/;

/**
 * Reads the reply to CONNECT from a stream, however it is cut into chunks. The head ends at the empty line; after a
 * 2xx the bytes behind it belong to the tunnel (RFC 9110 clause 9.3.6). 1xx replies are skipped (15.2).
 */
export class ConnectReplyParser {
  private buffer: Buffer = Buffer.alloc(0);
  private done = false;

  /**
   * Takes the next bytes.
   * @returns the reply when it is complete or cannot become one, else nothing. After that nothing more is read.
   */
  push(chunk: Buffer): ConnectReply | undefined {
    if (this.done) return undefined;
    this.buffer = Buffer.concat([this.buffer, chunk]);
    const reply = this.read();
    if (reply !== undefined) {
      this.done = true;
      this.buffer = Buffer.alloc(0);
    }
    return reply;
  }

  private read(): ConnectReply | undefined {
    for (;;) {
      const head = this.buffer.subarray(0, connectReplyLimit);
      if (!couldBeHttp(head)) return broken('the reply is not HTTP/1.x');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) {
        return this.buffer.length < connectReplyLimit
          ? undefined
          : broken(`the reply's head is longer than ${connectReplyLimit} bytes`);
      }
      const first = head.toString('latin1', 0, head.indexOf('\r\n'));
      const match = statusLine.exec(first);
      if (match === null) return broken(`the reply's status line is malformed: ${printable(first)}`);
      const status = Number(match[1]);
      const rest = this.buffer.subarray(end + 4);
      if (status >= 200) return { kind: 'reply', status, reason: printable(match[2] ?? ''), rest };
      this.buffer = rest;
    }
  }
}

function couldBeHttp(head: Buffer): boolean {
  const expected = 'HTTP/1.';
  const seen = head.toString('latin1', 0, expected.length);
  return expected.startsWith(seen);
}

function broken(reason: string): ConnectReply {
  return { kind: 'broken', reason };
}

/** Text from the network as it may stand in a log line. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}
