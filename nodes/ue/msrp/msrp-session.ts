import { randomBytes } from 'node:crypto';
import type { Channel } from '../dialler/channel';
import { AttemptFailure } from '../failure';
import { writeByteRange } from './byte-range';
import { Inbox } from './inbox';
import { MsrpFramer } from './msrp-framer';
import type { MsrpFrame, MsrpRequest } from './msrp-framer';
import { MsrpReceiver } from './msrp-receiver';
import { MsrpTransactions } from './msrp-transactions';
import type { MsrpTimers, Settled } from './msrp-transactions';
import { isSamePath, isSameUri } from './msrp-uri';
import { newTransaction, writeRequest, writeResponse } from './msrp-writer';
import { OutgoingMessage } from './outgoing-message';
import type { OutgoingChunk } from './outgoing-message';

export interface MsrpSessionOptions {
  /** This end's URI. */
  readonly local: string;
  /** The other end's path: one URI, or several if relays come before it. */
  readonly remote: string;
  readonly timers: MsrpTimers;
  /** Accepted media types. */
  readonly types: readonly string[];
  /** Content bytes of a chunk. */
  readonly chunkSize: number;
  /** Longest message in bytes; a longer one is answered with 413. */
  readonly messageLimit: number;
}

/** Content bytes that may be sent and not yet answered. */
const window = 64 * 1024;

/** An MSRP session (RFC 4975) on an open connection. */
export class MsrpSession {
  private readonly bound: Promise<void>;
  private bind: () => void = () => undefined;
  private unbind: (failure: AttemptFailure) => void = () => undefined;
  private readonly framer = new MsrpFramer();
  private readonly transactions: MsrpTransactions;
  private readonly receiver: MsrpReceiver;
  private readonly inbox: Inbox;
  private outgoing: OutgoingMessage | undefined;
  private lastSend: Promise<void> = Promise.resolve();
  private over: AttemptFailure | undefined;

  constructor(
    private readonly channel: Channel,
    private readonly options: MsrpSessionOptions,
  ) {
    this.transactions = new MsrpTransactions(options.timers);
    this.receiver = new MsrpReceiver(options.types, options.messageLimit);
    this.inbox = new Inbox(options.timers.msrpTransaction);
    this.bound = new Promise((resolve, reject) => {
      this.bind = resolve;
      this.unbind = reject;
    });
    this.bound.catch(() => undefined);
    channel.listen({ data: (data) => this.received(data), lost: (failure) => this.lost(failure) });
  }

  /**
   * Binds the connection to the session with a SEND without content, as the end that connected has to (RFC 4975 5.4).
   * @throws AttemptFailure as {@link send}
   */
  greet(): Promise<void> {
    return new Promise((resolve, reject) => {
      const chunk: OutgoingChunk = {
        headers: [
          ['Message-ID', randomBytes(12).toString('hex')],
          ['Byte-Range', writeByteRange({ start: 1, end: 0, total: 0 })],
        ],
        continuation: '$',
      };
      this.request(chunk, (failure) => (failure === undefined ? resolve() : reject(failure)));
    });
  }

  /**
   * Waits until the other end, which has connected, has bound the connection to the session (RFC 4975 5.4).
   * @throws AttemptFailure `NO_MEDIA` if it did not within the time of a transaction, or the
   *   failure that ended the session
   */
  async greeting(): Promise<void> {
    const { msrpTransaction } = this.options.timers;
    const timer = setTimeout(() => {
      const text = `connected, but no SEND for this session came within ${msrpTransaction / 1000} s`;
      this.unbind(new AttemptFailure('NO_MEDIA', text));
    }, msrpTransaction);
    try {
      await this.bound;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Sends a message, after those before it. It resolves when the other end has answered
   * every chunk and reported the whole.
   * @throws AttemptFailure `MSRP_FAILED`, `TIMEOUT`, or the failure that ended the session
   */
  send(content: Buffer, type: string): Promise<void> {
    const turn = this.lastSend.then(() => this.transfer(content, type));
    this.lastSend = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Takes the next whole message, or waits for it.
   * @throws AttemptFailure `MSRP_FAILED` if a message broke off, `NO_MEDIA`, or the failure that ended the session
   */
  message(): Promise<Buffer> {
    return this.inbox.take();
  }

  /** Ends the session at once and closes the connection. The failure of the first call counts. */
  end(failure: AttemptFailure): void {
    this.stop(failure);
    this.channel.destroy();
  }

  /** Ends the session, and closes the connection when all that was sent has left. */
  leave(failure: AttemptFailure): Promise<void> {
    this.stop(failure);
    return this.channel.close();
  }

  private stop(failure: AttemptFailure): void {
    if (this.over !== undefined) return;
    this.over = failure;
    // The transactions end first, so that nothing more is sent for the message that is given up.
    this.transactions.end(failure);
    this.outgoing?.fail(failure);
    this.inbox.end(failure);
    this.unbind(failure);
  }

  private async transfer(content: Buffer, type: string): Promise<void> {
    if (this.over !== undefined) throw this.over;
    const { chunkSize, timers } = this.options;
    const message = new OutgoingMessage(content, type, {
      chunkSize,
      window,
      timers,
      request: (chunk, settled) => this.request(chunk, settled),
    });
    this.outgoing = message;
    await message.transfer();
  }

  private request({ headers, content, continuation }: OutgoingChunk, settled: Settled): void {
    const transaction = newTransaction(content?.data);
    if (!this.transactions.begin(transaction, settled)) return;
    const { local, remote } = this.options;
    const paths = [
      ['To-Path', remote],
      ['From-Path', local],
    ] as const;
    this.channel.send(
      writeRequest({ transaction, method: 'SEND', headers: [...paths, ...headers], content, continuation }),
    );
  }

  private received(data: Buffer): void {
    this.inbox.heard();
    for (const frame of this.framer.push(data)) {
      if (this.over !== undefined) return;
      this.take(frame);
    }
  }

  private take(frame: MsrpFrame): void {
    if (frame.kind === 'broken') {
      this.end(new AttemptFailure('MSRP_FAILED', `what came cannot be read as MSRP: ${frame.reason}`));
    } else if (frame.kind === 'response') {
      this.transactions.take(frame);
    } else if (frame.method === 'REPORT') {
      // A REPORT is never answered (RFC 4975 7.1.2). One about an earlier message comes too late to matter.
      if (this.isOurs(frame) && frame.headers.get('message-id') === this.outgoing?.id) {
        this.outgoing?.takeReport(frame.headers);
      }
    } else {
      this.takeRequest(frame);
    }
  }

  private takeRequest(request: MsrpRequest): void {
    if (!this.isOurs(request)) {
      this.respond(request, 481, 'Session Does Not Exist');
      return;
    }
    if (request.method !== 'SEND') {
      this.respond(request, 501, 'Unknown Method');
      return;
    }
    this.bind();
    const { status, reason, message, failure } = this.receiver.take(request);
    this.respond(request, status, reason);
    if (failure !== undefined) this.inbox.put(failure);
    if (message === undefined) return;
    if (request.headers.get('success-report') === 'yes') this.report(request, message);
    this.inbox.put(message.content);
  }

  /** Says whether a request is from the other end and for this one. */
  private isOurs({ headers }: MsrpRequest): boolean {
    const { local, remote } = this.options;
    return (
      isSameUri(headers.get('to-path') ?? '', local) && isSamePath(headers.get('from-path') ?? '', remote)
    );
  }

  /** Answers a request (RFC 4975 7.2), unless its Failure-Report says that no such response is wanted. */
  private respond({ transaction, headers }: MsrpRequest, status: number, reason: string): void {
    const wanted = headers.get('failure-report') ?? 'yes';
    if (wanted === 'no' || (wanted === 'partial' && status === 200)) return;
    const [to] = (headers.get('from-path') ?? '').split(/\s+/);
    const [from] = (headers.get('to-path') ?? '').split(/\s+/);
    if (!to || !from) {
      this.end(new AttemptFailure('MSRP_FAILED', 'a request came without To-Path or From-Path'));
      return;
    }
    this.channel.send(writeResponse(transaction, status, reason, { to, from }));
  }

  /** Tells the sender that the whole of its message is here (RFC 4975 7.1.3). */
  private report(request: MsrpRequest, { id, content }: { id: string; content: Buffer }): void {
    const { length } = content;
    this.channel.send(
      writeRequest({
        transaction: newTransaction(),
        method: 'REPORT',
        headers: [
          ['To-Path', request.headers.get('from-path') ?? ''],
          ['From-Path', this.options.local],
          ['Message-ID', id],
          ['Byte-Range', writeByteRange({ start: 1, end: length, total: length })],
          ['Status', '000 200 OK'],
        ],
        continuation: '$',
      }),
    );
  }

  private lost(failure: AttemptFailure): void {
    const { pending } = this.framer;
    const inChunk = pending > 0 && failure.code === 'CONNECTION_LOST';
    this.end(
      inChunk
        ? new AttemptFailure('MSRP_FAILED', `a chunk broke off after ${pending} bytes: ${failure.message}`)
        : failure,
    );
  }
}
