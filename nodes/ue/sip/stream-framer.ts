/** What a SIP stream consists of. */
export type SipFrame =
  | { readonly kind: 'message'; readonly text: string }
  /** A CRLF between messages: the pong of RFC 5626 4.4.1 (a ping, which only clients send, is two of them). */
  | { readonly kind: 'crlf' }
  /** The stream has lost its framing; nothing after this can be read. */
  | { readonly kind: 'broken'; readonly reason: string };

/** The longest head, and the longest body, that is waited for: far above what a UE is sent. */
export const sipHeadLimit = 64 * 1024;
export const sipBodyLimit = 1024 * 1024;

const crlf = 0x0d0a;
const contentLength = /^(?:content-length|l)[ \t]*:[ \t]*(\d{1,10})[ \t]*$/i;

/**
 * Cuts a byte stream into SIP messages by Content-Length (RFC 3261 18.3), whatever the chunks. It never throws, and
 * never holds more than one message's worth of bytes beyond the chunk that it was given.
 */
export class SipFramer {
  private buffer: Buffer = Buffer.alloc(0);
  private lost = false;
  /** Where in the buffer the search for the end of the head goes on: a head in many chunks is scanned once. */
  private scanned = 0;

  push(chunk: Buffer): SipFrame[] {
    if (this.lost) return [];
    this.buffer = this.buffer.length === 0 ? chunk : Buffer.concat([this.buffer, chunk]);
    const frames: SipFrame[] = [];
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

  private next(): SipFrame | undefined {
    if (this.buffer.length >= 2 && this.buffer.readUInt16BE(0) === crlf) {
      this.consume(2);
      return { kind: 'crlf' };
    }
    const end = this.buffer.indexOf('\r\n\r\n', this.scanned);
    if (end < 0 || end > sipHeadLimit) {
      this.scanned = Math.max(0, this.buffer.length - 3);
      return this.buffer.length > sipHeadLimit
        ? broken(`a message's head is longer than ${sipHeadLimit} bytes`)
        : undefined;
    }
    const bodyLength = readBodyLength(this.buffer.toString('latin1', 0, end));
    if (typeof bodyLength !== 'number') return bodyLength;
    const length = end + 4 + bodyLength;
    if (this.buffer.length < length) {
      this.scanned = end;
      return undefined;
    }
    return { kind: 'message', text: this.consume(length).toString('utf8') };
  }

  private consume(length: number): Buffer {
    const taken = this.buffer.subarray(0, length);
    this.buffer = this.buffer.subarray(length);
    this.scanned = 0;
    return taken;
  }
}

function readBodyLength(head: string): number | SipFrame {
  const [start = '', ...fields] = head.split('\r\n');
  if (!/^SIP\/2\.0 | SIP\/2\.0$/.test(start)) return broken('a message does not begin as SIP does');
  const lengths = new Set<number>();
  for (const field of fields) {
    const match = contentLength.exec(field);
    if (match?.[1] !== undefined) lengths.add(Number(match[1]));
  }
  const [length] = lengths;
  // RFC 3261 20.14: over a stream the field MUST be used.
  if (length === undefined) return broken('a message has no Content-Length');
  if (lengths.size > 1) return broken('a message has two different Content-Length');
  if (length > sipBodyLimit) return broken(`a message's body is longer than ${sipBodyLimit} bytes`);
  return length;
}

function broken(reason: string): SipFrame {
  return { kind: 'broken', reason };
}
