import { AttemptFailure } from '../failure';
import type { UeTimers } from '../timers';
import type { MsrpResponse } from './msrp-framer';

export type MsrpTimers = Pick<UeTimers, 'msrpTransaction'>;

/** What became of a request; no failure where it was answered with 200. */
export type Settled = (failure?: AttemptFailure) => void;

/** The requests that await a response. */
export class MsrpTransactions {
  private readonly pending = new Map<string, { settled: Settled; timer: NodeJS.Timeout }>();
  private over: AttemptFailure | undefined;

  constructor(private readonly timers: MsrpTimers) {}

  /** Begins a transaction, whose request then is to be sent. Nothing begins, and it fails at once, after {@link end}. */
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

  /** Takes a response that came; one to no request is dropped. */
  take({ transaction, status, reason }: MsrpResponse): void {
    const request = this.pending.get(transaction);
    if (request === undefined) return;
    this.pending.delete(transaction);
    clearTimeout(request.timer);
    if (status >= 200 && status < 300) request.settled();
    else request.settled(new AttemptFailure('MSRP_FAILED', `the other end answered ${status} ${reason}`));
  }

  /** Gives every pending request up, and every later one; no timer is left. */
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
