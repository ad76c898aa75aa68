import type { UeTimers } from '../timers';
import { keyOf, statusOf } from './sip-text';
import type { SipKey } from './sip-text';

export interface TransactionEvents {
  /** A request is to be sent again. */
  resend(text: string): void;
  /** Timer F or B ran out: nobody has answered. */
  expired(method: string): void;
}

interface Pending {
  readonly text: string;
  readonly method: string;
  /** Until the next retransmission. */
  interval: number;
  again: NodeJS.Timeout | undefined;
  readonly expiry: NodeJS.Timeout;
}

/**
 * The timers of client transactions, which JsSIP leaves to a transport that it believes reliable:
 * A and B of INVITE (RFC 3261 17.1.1.2), E and F of the others (17.1.2.2). Over a stream only B and F.
 */
export class ClientTransactions {
  private readonly pending = new Map<string, Pending>();

  constructor(
    private readonly reliable: boolean,
    private readonly timers: Pick<UeTimers, 'sipT1' | 'sipT2'>,
    private readonly events: TransactionEvents,
  ) {}

  /** A message was sent for the first time. Responses and ACK have no transaction of their own. */
  sent(text: string): void {
    const key = statusOf(text) === undefined ? keyOf(text) : undefined;
    if (key === undefined || key.method === 'ACK') return;
    const id = idOf(key);
    this.end(id);
    const transaction: Pending = {
      text,
      method: key.method,
      interval: this.timers.sipT1,
      again: undefined,
      expiry: setTimeout(() => {
        this.end(id);
        this.events.expired(key.method);
      }, 64 * this.timers.sipT1),
    };
    this.pending.set(id, transaction);
    if (!this.reliable) this.arm(transaction);
  }

  /**
   * A message came in.
   * @returns whether it answers a request that waits for it (RFC 3261 17.1.3)
   */
  received(text: string): boolean {
    const status = statusOf(text);
    const key = keyOf(text);
    if (status === undefined || key === undefined) return false;
    const id = idOf(key);
    const transaction = this.pending.get(id);
    if (transaction === undefined) return false;
    if (status.code >= 200) {
      this.end(id);
    } else if (key.method === 'INVITE') {
      // 17.1.1.2: in "Proceeding" an INVITE is neither sent again nor given up by Timer B.
      clearTimeout(transaction.again);
      clearTimeout(transaction.expiry);
    } else if (!this.reliable) {
      // 17.1.2.2: in "Proceeding" Timer E is T2.
      transaction.interval = this.timers.sipT2;
      this.arm(transaction);
    }
    return true;
  }

  /** Forgets everything; no timer is left. */
  stop(): void {
    for (const id of [...this.pending.keys()]) this.end(id);
  }

  private arm(transaction: Pending): void {
    clearTimeout(transaction.again);
    transaction.again = setTimeout(() => {
      const doubled = 2 * transaction.interval;
      transaction.interval = transaction.method === 'INVITE' ? doubled : Math.min(doubled, this.timers.sipT2);
      this.arm(transaction);
      this.events.resend(transaction.text);
    }, transaction.interval);
  }

  private end(id: string): void {
    const transaction = this.pending.get(id);
    if (transaction === undefined) return;
    clearTimeout(transaction.again);
    clearTimeout(transaction.expiry);
    this.pending.delete(id);
  }
}

function idOf(key: SipKey): string {
  return `${key.method} ${key.branch}`;
}
