import { sameEndpoint, showEndpoint } from '../../../kit/endpoint';
import { showTypes } from '../stun/attributes';
import type { StunMessage } from '../stun/message';
import { parseMessage } from '../stun/parser';
import { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import type { UeTimers } from '../timers';

export interface BindingRequest {
  /** The complete request, with its integrity and fingerprint. */
  readonly message: StunMessage;
  readonly to: Endpoint;
  /** If set, an answer without a MESSAGE-INTEGRITY by this key is ignored (RFC 8489 9.1.4). */
  readonly key?: Buffer;
  /** If set, the request is sent only once, and the answer is awaited for this many milliseconds. */
  readonly onceMs?: number;
}

/** A request that awaits its answer. */
export interface BindingExchange {
  /**
   * The answer, a success or an error response.
   * @throws AttemptFailure `TIMEOUT`, `TURN_PROTOCOL`, `ABANDONED`, or the failure that
   *   {@link BindingRequests.stop} was given
   */
  readonly answer: Promise<StunMessage>;
  /** Sends the request once more, besides the retransmissions of the timers. */
  resend(): void;
  /** Gives the request up. */
  cancel(): void;
}

type StunTimers = Pick<UeTimers, 'stunRto' | 'stunRc' | 'stunRm'>;

interface Pending {
  readonly request: BindingRequest;
  answered(response: StunMessage): void;
  failed(failure: AttemptFailure): void;
}

/**
 * The STUN Binding requests of one base over datagrams: it retransmits them (RFC 8489
 * 6.2.1) and matches the answers.
 */
export class BindingRequests {
  private readonly pending = new Map<string, Pending>();
  private over: AttemptFailure | undefined;

  /** @param tell takes each transaction id, 24 hex digits, before the request is sent */
  constructor(
    private readonly timers: StunTimers,
    private readonly tell: (id: string) => void,
    private readonly send: (to: Endpoint, data: Buffer) => void,
  ) {}

  start(request: BindingRequest): BindingExchange {
    const id = request.message.id;
    const { bytes } = request.message;
    const transmit = (): void => this.send(request.to, bytes);
    const answer = new Promise<StunMessage>((resolve, reject) => {
      if (this.over !== undefined) {
        reject(this.over);
        return;
      }
      this.tell(id);
      const stopTimers = this.startTimers(request, transmit, (text) => {
        this.pending.delete(id);
        reject(new AttemptFailure('TIMEOUT', text));
      });
      const done = (): void => {
        this.pending.delete(id);
        stopTimers();
      };
      this.pending.set(id, {
        request,
        answered: (response) => {
          done();
          resolve(response);
        },
        failed: (failure) => {
          done();
          reject(failure);
        },
      });
      transmit();
    });
    // The user may not await the answer any more.
    answer.catch(() => undefined);
    return {
      answer,
      resend: () => this.pending.has(id) && transmit(),
      cancel: () => this.pending.get(id)?.failed(new AttemptFailure('ABANDONED', 'the answer is not needed')),
    };
  }

  /** Says whether any request waits for its answer. */
  get waiting(): boolean {
    return this.pending.size > 0;
  }

  /** Takes a response. It is ignored if it answers no request, or comes from another address (RFC 8445 7.2.5.2.1). */
  answered(response: StunMessage, bytes: Buffer, from: Endpoint): void {
    const pending = this.pending.get(response.id);
    if (pending === undefined || !sameEndpoint(pending.request.to, from)) return;
    const { key } = pending.request;
    // An error may be unsigned, because its sender may not know the key.
    const authentic =
      key === undefined || response.kind === 'error' || parseMessage(bytes, key) !== undefined;
    if (!authentic) return;
    const unknown = response.unknownRequired;
    if (unknown.length === 0) pending.answered(response);
    // RFC 8489 6.3.3 and 6.3.4: an attribute that must be understood, and is not known here, fails the transaction.
    else
      pending.failed(
        new AttemptFailure(
          'TURN_PROTOCOL',
          `the answer to Binding from ${showEndpoint(from)} holds ${showTypes(unknown)}, which must be understood and is not`,
        ),
      );
  }

  /** Fails all requests, and every later one, and stops the timers. */
  stop(failure: AttemptFailure): void {
    this.over ??= failure;
    for (const pending of [...this.pending.values()]) pending.failed(failure);
  }

  private startTimers(
    { onceMs, to }: BindingRequest,
    transmit: () => void,
    expired: (text: string) => void,
  ): () => void {
    const { stunRto, stunRc, stunRm } = this.timers;
    const transmissions = onceMs === undefined ? stunRc : 1;
    let sent = 1;
    let timer: NodeJS.Timeout;
    const arm = (interval: number): void => {
      const last = sent >= transmissions;
      timer = setTimeout(
        () => {
          if (last) {
            expired(`no answer to Binding from ${showEndpoint(to)}`);
            return;
          }
          sent++;
          transmit();
          arm(2 * interval);
        },
        last ? (onceMs ?? stunRm * stunRto) : interval,
      );
    };
    arm(stunRto);
    return () => clearTimeout(timer);
  }
}
