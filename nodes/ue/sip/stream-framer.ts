import { excerpt } from '../excerpt';

/** One frame of a SIP stream. */
export type SipFrame =
  | { readonly kind: 'message'; readonly text: string }
  /** A CRLF between messages: the pong of RFC 5626 4.4.1 (a ping, which only clients send, is two of them). */
  | { readonly kind: 'crlf' }
  /** The stream has lost its framing; nothing after this can be read. */
  | {
      readonly kind: 'broken';
      readonly reason: string;
      /** The head of the message, if its Content-Length is missing or wrong. */
      readonly head?: string;
    };

/** The longest head and the longest body that are accepted; real messages to a UE are far shorter. */
export const sipHeadLimit = 64 * 1024;
export const sipBodyLimit = 1024 * 1024;
/** The longest first line. */
const sipLineLimit = 8 * 1024;

const crlf = 0x0d0a;
const contentLength = /^(?:content-length|l)[ \t]*:(.*)$/i;
/** A first line begins with a token (RFC 3261 25.1), and text follows. */
const couldBeFirstLine = /^[\w!%'*+\-.`~][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$/;
const requestLine = / SIP\/\d+\.\d+$/i;
const statusLine = /^SIP\/\d+\.\d+ /i;

/**
 * Cuts a byte stream, in chunks of any size, into SIP messages by Content-Length (RFC 3261 18.3). It never throws,
 * and never holds more bytes than those of one message and the chunk that it was given.
 */
export class SipFramer {
  private buffer: Buffer = Buffer.alloc(0);
  private lost = false;
  /**
   * Offset in the buffer at which the search for the end of the head goes on, so that a head
   * in many chunks is scanned once.
   */
  private scanned = 0;
  /** Says whether the first line of a message is there. */
  private begun = false;

  /** Number of bytes of a message whose end has not come. */
  get pending(): number {
    return this.buffer.length;
  }

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
    if (!this.begun) {
      const begins = beginsMessage(this.buffer);
      if (begins === 'no')
        return broken(`a message does not begin as SIP does, but with ${excerpt(this.buffer)}`);
      this.begun = begins === 'yes';
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
    this.begun = false;
    return taken;
  }
}

/** Says whether the bytes begin with the first line of a message, or may still become one. */
function beginsMessage(buffer: Buffer): 'yes' | 'no' | 'maybe' {
  const end = buffer.indexOf('\n');
  if ((end < 0 ? buffer.length : end) > sipLineLimit) return 'no';
  const line = buffer.toString('latin1', 0, end < 0 ? buffer.length : end);
  if (end < 0) return line === '' || line === '\r' || couldBeFirstLine.test(line) ? 'maybe' : 'no';
  return line.endsWith('\r') && isFirstLine(line.slice(0, -1)) ? 'yes' : 'no';
}

function isFirstLine(line: string): boolean {
  return couldBeFirstLine.test(line) && (statusLine.test(line) || requestLine.test(line));
}

function readBodyLength(head: string): number | SipFrame {
  const length = contentLengthOf(head);
  // RFC 3261 20.14: over a stream the field MUST be used.
  if (length === undefined) return { ...broken('a message has no Content-Length'), head };
  return typeof length === 'string' ? { ...broken(length), head } : length;
}

/**
 * Reads the Content-Length of a message.
 * @param head the head without the empty line
 * @returns the bytes of the body; undefined if the head does not say; a text if what it says cannot be used
 */
export function contentLengthOf(head: string): number | string | undefined {
  const values = head
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .slice(1)
    .flatMap((field) => contentLength.exec(field)?.[1]?.trim() ?? []);
  const [length, ...others] = new Set(
    values.map((value) => (/^\d{1,10}$/.test(value) ? Number(value) : value)),
  );
  if (others.length > 0) return 'a message has two different Content-Length';
  if (typeof length === 'string') return `a message has the Content-Length ${excerpt(Buffer.from(length))}`;
  if (length !== undefined && length > sipBodyLimit)
    return `a message's body is longer than ${sipBodyLimit} bytes`;
  return length;
}

function broken(reason: string): SipFrame & { kind: 'broken' } {
  return { kind: 'broken', reason };
}
