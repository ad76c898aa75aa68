import { AttemptFailure } from '../failure';
import { Coverage, readByteRange } from './byte-range';
import type { MsrpRequest } from './msrp-framer';

/** The result of taking a chunk. */
export interface Reception {
  /** Status of the response, with its reason. */
  readonly status: number;
  readonly reason: string;
  /** The message, if this chunk completes it. */
  readonly message?: { readonly id: string; readonly content: Buffer };
  /** The failure because of which its message will not come; it is given once for each message. */
  readonly failure?: AttemptFailure;
}

/** Number of messages that may be incomplete at the same time. */
const messagesAtOnce = 8;

/** Number of refused messages that are remembered, so that their other chunks are refused in the same way. */
const refusalsKept = 32;

const ok: Reception = { status: 200, reason: 'OK' };

/**
 * Puts messages together from their chunks by Byte-Range (RFC 4975 7.3.1). There is one connection, and TCP keeps
 * the order, so a message that has gaps when its last chunk has come is truncated.
 */
export class MsrpReceiver {
  private readonly messages = new Map<string, IncomingMessage>();
  private readonly refusals = new Map<string, Reception>();

  /**
   * @param types accepted media types, in lower case
   * @param limit longest message in bytes
   */
  constructor(
    private readonly types: readonly string[],
    private readonly limit: number,
  ) {}

  /** Takes a SEND. */
  take(request: MsrpRequest): Reception {
    const id = request.headers.get('message-id');
    if (id === undefined || id === '') return { status: 400, reason: 'No Message-ID' };
    const refusal = this.refusals.get(id);
    if (refusal !== undefined) return refusal;
    const { continuation } = request;
    const known = this.messages.get(id);
    if (known === undefined && request.body === undefined) return ok;
    if (continuation === '#') {
      this.messages.delete(id);
      const failure = failed(
        `the other end gave a message up after ${known?.bytes ?? 0} bytes of it had come`,
      );
      return { ...ok, failure };
    }
    const type = mediaType(request.headers.get('content-type'));
    if (request.body !== undefined && !this.types.includes(type)) {
      return this.refuse(id, 415, 'Unsupported Media Type', `a message is of type ${type || 'unknown'}`);
    }
    return this.store(id, known, request);
  }

  private store(id: string, known: IncomingMessage | undefined, request: MsrpRequest): Reception {
    const content = request.body ?? Buffer.alloc(0);
    const range = readByteRange(request.headers.get('byte-range') ?? '1-*/*');
    if (range === undefined)
      return this.refuse(id, 400, 'Bad Byte-Range', "a chunk's Byte-Range cannot be read");
    const { start, total } = range;
    const last = start - 1 + content.length;
    if (range.end !== undefined && range.end !== last) {
      const said = range.end - start + 1;
      return this.refuse(id, 400, 'Truncated', `a chunk has ${content.length} bytes and says ${said}`);
    }
    if (Math.max(last, total ?? 0) > this.limit) {
      const size = total ?? `at least ${last}`;
      return this.refuse(id, 413, 'Too Large', `a message has ${size} bytes, ${this.limit} are taken`);
    }
    if (known === undefined && this.messages.size === messagesAtOnce) {
      return this.refuse(id, 413, 'Too Many Messages', `more than ${messagesAtOnce} messages come at once`);
    }
    const message = known ?? new IncomingMessage();
    this.messages.set(id, message);
    message.add(start, content);
    if (request.continuation === '+') return ok;
    if (!message.isWhole(last) || (total ?? last) !== last) {
      const all = total ?? last;
      return this.refuse(id, 400, 'Truncated', `a message ended with ${message.bytes} of ${all} bytes`);
    }
    this.messages.delete(id);
    return { ...ok, message: { id, content: message.content(last) } };
  }

  private refuse(id: string, status: number, reason: string, text: string): Reception {
    this.messages.delete(id);
    const [oldest] = this.refusals.keys();
    if (this.refusals.size === refusalsKept && oldest !== undefined) this.refusals.delete(oldest);
    this.refusals.set(id, { status, reason });
    return { status, reason, failure: failed(text) };
  }
}

/** A message that has not come wholly. Bytes that come twice count as they came last. */
class IncomingMessage {
  private buffer = Buffer.alloc(0);
  private readonly coverage = new Coverage();

  /** @param start number of the content's first byte in the message, from 1 */
  add(start: number, content: Buffer): void {
    const last = start - 1 + content.length;
    if (last > this.buffer.length) {
      // The buffer is doubled, so that a message in many chunks is copied only a few times.
      const larger = Buffer.alloc(Math.max(last, 2 * this.buffer.length));
      this.buffer.copy(larger);
      this.buffer = larger;
    }
    content.copy(this.buffer, start - 1);
    this.coverage.add(start, last);
  }

  get bytes(): number {
    return this.coverage.bytes;
  }

  isWhole(total: number): boolean {
    return this.coverage.isWhole(total);
  }

  content(total: number): Buffer {
    return this.buffer.subarray(0, total);
  }
}

function mediaType(contentType = ''): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

function failed(text: string): AttemptFailure {
  return new AttemptFailure('MSRP_FAILED', text);
}
