import { randomBytes } from 'node:crypto';
import { AttemptFailure } from '../failure';
import { Coverage, readByteRange, writeByteRange } from './byte-range';
import type { Continuation, MsrpHeaders } from './msrp-framer';
import type { MsrpTimers, Settled } from './msrp-transactions';

/** A chunk to be sent, without its paths. */
export interface OutgoingChunk {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly content?: { readonly type: string; readonly data: Buffer };
  readonly continuation: Continuation;
}

export interface OutgoingOptions {
  /** Content bytes of a chunk. */
  readonly chunkSize: number;
  /** Content bytes that may be sent and not yet answered. The limit keeps bytes from piling up on a slow connection. */
  readonly window: number;
  readonly timers: MsrpTimers;
  /** Sends a chunk. @param settled takes its result */
  request(chunk: OutgoingChunk, settled: Settled): void;
}

/**
 * Longest content of a chunk that need not be interruptible (RFC 4975 5.1); a Byte-Range
 * with an open end says that one is.
 */
const uninterruptible = 2048;

/**
 * One message that is being sent. It asks for both confirmations of RFC 4975: each chunk is answered
 * (Failure-Report: yes), and the other end reports that it has the whole (Success-Report: yes).
 */
export class OutgoingMessage {
  readonly id = randomBytes(12).toString('hex');
  private sent = 0;
  private begun = false;
  private unanswered = 0;
  private reports = 0;
  private readonly reported = new Coverage();
  private reportTimer: NodeJS.Timeout | undefined;
  private over = false;
  private resolve: () => void = () => undefined;
  private reject: (failure: AttemptFailure) => void = () => undefined;

  constructor(
    private readonly content: Buffer,
    private readonly type: string,
    private readonly options: OutgoingOptions,
  ) {}

  /**
   * Sends the message.
   * @throws AttemptFailure `MSRP_FAILED` if the other end answers or reports an error, `TIMEOUT`, or the failure that
   *   {@link fail} was given
   */
  transfer(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      this.pump();
    });
  }

  /** Takes a REPORT about the message (RFC 4975 7.1.2). */
  takeReport(headers: MsrpHeaders): void {
    const [, status = '', reason = ''] = /^\d{3} (\d{3})(?: (.*))?$/.exec(headers.get('status') ?? '') ?? [];
    if (status !== '200') {
      this.fail(new AttemptFailure('MSRP_FAILED', `the other end reports ${status} ${reason}`.trim()));
      return;
    }
    const range = readByteRange(headers.get('byte-range') ?? '');
    if (range?.end === undefined) return;
    this.reports++;
    this.reported.add(range.start, range.end);
    this.check();
  }

  /** Gives the message up, and tells the other end so if that still waits for more chunks. */
  fail(failure: AttemptFailure): void {
    if (this.over) return;
    this.end();
    if (this.begun && this.sent < this.content.length) {
      this.options.request(
        { headers: this.headersFor(this.sent, this.sent), continuation: '#' },
        () => undefined,
      );
    }
    this.reject(failure);
  }

  private pump(): void {
    const { chunkSize, window } = this.options;
    const { content } = this;
    while (!this.over && (this.sent < content.length || !this.begun) && this.unanswered < window) {
      this.begun = true;
      const start = this.sent;
      const end = Math.min(start + chunkSize, content.length);
      this.sent = end;
      this.unanswered += end - start;
      this.options.request(
        {
          headers: this.headersFor(start, end),
          content: { type: this.type, data: content.subarray(start, end) },
          continuation: end === content.length ? '$' : '+',
        },
        (failure) => this.answered(end - start, failure),
      );
    }
    this.check();
  }

  private answered(bytes: number, failure: AttemptFailure | undefined): void {
    this.unanswered -= bytes;
    if (failure !== undefined) this.fail(failure);
    else if (!this.over) this.pump();
  }

  private headersFor(start: number, end: number): OutgoingChunk['headers'] {
    const range = {
      start: start + 1,
      end: end - start > uninterruptible ? undefined : end,
      total: this.content.length,
    };
    return [
      ['Message-ID', this.id],
      ['Byte-Range', writeByteRange(range)],
      ['Success-Report', 'yes'],
      ['Failure-Report', 'yes'],
    ];
  }

  private check(): void {
    const { length } = this.content;
    if (this.over || this.sent < length || this.unanswered > 0) return;
    if (this.reports > 0 && this.reported.isWhole(length)) {
      this.end();
      this.resolve();
      return;
    }
    const { msrpTransaction } = this.options.timers;
    this.reportTimer ??= setTimeout(() => {
      const text = `all ${length} bytes were answered, but no report that they arrived came within ${msrpTransaction / 1000} s`;
      this.fail(new AttemptFailure('TIMEOUT', text));
    }, msrpTransaction);
  }

  private end(): void {
    this.over = true;
    clearTimeout(this.reportTimer);
  }
}
