import { sameEndpoint, showEndpoint } from '../../../kit/endpoint';
import { showTypes } from '../stun/attributes';
import type { StunMessage } from '../stun/message';
import { parseMessage } from '../stun/parser';
import { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import type { UeTimers } from '../timers';

export interface BindingRequest {
  /** Complete, with its integrity and fingerprint. */
  readonly message: StunMessage;
  readonly to: Endpoint;
  /** Where set, an answer without a MESSAGE-INTEGRITY by it counts as none (RFC 8489 9.1.4). */
  readonly key?: Buffer;
  /** Sends it once and waits this long for the answer, instead of retransmitting. */
  readonly onceMs?: number;
}

/** A request that is on its way. */
export interface BindingExchange {
  /**
   * The answer, a success or an error response.
   * @throws AttemptFailure `TIMEOUT`, or what {@link BindingRequests.stop} was told
   */
  readonly answer: Promise<StunMessage>;
  /** Sends it once more, besides what the timers do. */
  resend(): void;
  /** Gives it up. */
  cancel(): void;
}

type StunTimers = Pick<UeTimers, 'stunRto' | 'stunRc' | 'stunRm'>;

interface Pending {
  readonly request: BindingRequest;
  answered(response: StunMessage): void;
  failed(failure: AttemptFailure): void;
}

/** The STUN Binding requests of one base over datagrams (RFC 8489 6.2.1): retransmissions, and answers by transaction. */
export class BindingRequests {
  private readonly pending = new Map<string, Pending>();
  private over: AttemptFailure | undefined;

  /** @param tell takes a transaction id, 24 hex digits, before the request leaves */
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
    // Its user may have lost interest by then.
    answer.catch(() => undefined);
    return {
      answer,
      resend: () => this.pending.has(id) && transmit(),
      cancel: () => this.pending.get(id)?.failed(new AttemptFailure('ABANDONED', 'the answer is not needed')),
    };
  }

  /** Whether any request waits for its answer. */
  get waiting(): boolean {
    return this.pending.size > 0;
  }

  /** Takes a response. What answers no request of ours, or comes from elsewhere, is ignored (RFC 8445 7.2.5.2.1). */
  answered(response: StunMessage, bytes: Buffer, from: Endpoint): void {
    const pending = this.pending.get(response.id);
    if (pending === undefined || !sameEndpoint(pending.request.to, from)) return;
    const { key } = pending.request;
    // An error may be unsigned: its sender may not know the key.
    const authentic =
      key === undefined || response.kind === 'error' || parseMessage(bytes, key) !== undefined;
    if (!authentic) return;
    const unknown = response.unknownRequired;
    if (unknown.length === 0) pending.answered(response);
    // RFC 8489 6.3.3 and 6.3.4: what must be understood and is not fails the transaction.
    else
      pending.failed(
        new AttemptFailure(
          'TURN_PROTOCOL',
          `the answer to Binding from ${showEndpoint(from)} holds ${showTypes(unknown)}, which must be understood and is not`,
        ),
      );
  }

  /** Gives every request up; no timer is left. */
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
