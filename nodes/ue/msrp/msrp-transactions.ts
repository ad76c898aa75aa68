import { AttemptFailure } from '../failure';
import type { UeTimers } from '../timers';
import type { MsrpResponse } from './msrp-framer';

export type MsrpTimers = Pick<UeTimers, 'msrpTransaction'>;

/** Takes the result of a request; there is no failure if it was answered with 200. */
export type Settled = (failure?: AttemptFailure) => void;

/** The requests that await a response. */
export class MsrpTransactions {
  private readonly pending = new Map<string, { settled: Settled; timer: NodeJS.Timeout }>();
  private over: AttemptFailure | undefined;

  constructor(private readonly timers: MsrpTimers) {}

  /** Begins a transaction. @returns whether to send its request; after {@link end} the transaction fails at once */
  begin(id: string, settled: Settled): boolean {
    if (this.over !== undefined) {
      settled(this.over);
      return false;
    }
    const { msrpTransaction } = this.timers;
    const timer = setTimeout(() => {
      this.pending.delete(id);
      settled(
        new AttemptFailure(
          'TIMEOUT',
          `no answer to SEND within ${msrpTransaction / 1000} s (transaction timer of RFC 4975)`,
        ),
      );
    }, msrpTransaction);
    this.pending.set(id, { settled, timer });
    return true;
  }

  /** Takes a response. If no request awaits it, it is dropped. */
  take({ transaction, status, reason }: MsrpResponse): void {
    const request = this.pending.get(transaction);
    if (request === undefined) return;
    this.pending.delete(transaction);
    clearTimeout(request.timer);
    if (status >= 200 && status < 300) request.settled();
    else request.settled(new AttemptFailure('MSRP_FAILED', `the other end answered ${status} ${reason}`));
  }

  /** Fails every pending request and every later one, and stops all timers. */
  end(failure: AttemptFailure): void {
    this.over ??= failure;
    const requests = [...this.pending.values()];
    this.pending.clear();
    for (const { settled, timer } of requests) {
      clearTimeout(timer);
      settled(failure);
    }
  }
}
