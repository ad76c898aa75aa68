import type { UeTimers } from '../timers';
import { keyOf, statusOf } from './sip-text';
import type { SipKey } from './sip-text';

export interface TransactionEvents {
  /** Sends a message again. */
  resend(text: string): void;
  /** Called when Timer F or B has run out, so that this request has got no answer. */
  expired(text: string): void;
}

interface Pending {
  readonly text: string;
  readonly method: string;
  /** Milliseconds until the next retransmission. */
  interval: number;
  again: NodeJS.Timeout | undefined;
  /** The timer that gives the transaction up, or forgets it when it is over. */
  expiry: NodeJS.Timeout | undefined;
  /** The kind of the final response to an INVITE, once it has come. */
  final: '2xx' | 'other' | undefined;
  /** The ACK of a final response other than 2xx. */
  ack: string | undefined;
}

/**
 * The timers of client transactions. JsSIP does not have them because it believes its transport reliable.
 * They are A, B and D of INVITE (RFC 3261 17.1.1.2), M of RFC 6026, and E and F of the others (17.1.2.2);
 * over a stream only B, F and M. Timer K needs no clock, because what comes again is dropped like any stray response.
 */
export class ClientTransactions {
  private readonly pending = new Map<string, Pending>();

  constructor(
    private readonly reliable: boolean,
    private readonly timers: Pick<UeTimers, 'sipT1' | 'sipT2'>,
    private readonly events: TransactionEvents,
  ) {}

  /** Notes a message that was sent for the first time. Responses and ACK have no transaction of their own. */
  sent(text: string): void {
    const key = statusOf(text) === undefined ? keyOf(text) : undefined;
    if (key === undefined) return;
    if (key.method === 'ACK') {
      // An ACK with the branch of an INVITE acknowledges its refusal (17.1.1.3); the ACK of a 2xx has another branch.
      const invite = this.pending.get(idOf({ ...key, method: 'INVITE' }));
      if (invite !== undefined) invite.ack = text;
      return;
    }
    const id = idOf(key);
    this.end(id);
    const transaction: Pending = {
      text,
      method: key.method,
      interval: this.timers.sipT1,
      again: undefined,
      expiry: setTimeout(() => {
        this.end(id);
        this.events.expired(text);
      }, 64 * this.timers.sipT1),
      final: undefined,
      ack: undefined,
    };
    this.pending.set(id, transaction);
    if (!this.reliable) this.arm(transaction);
  }

  /**
   * Takes a message that came in.
   * @returns whether it answers a request that waits for it (RFC 3261 17.1.3)
   */
  received(text: string): boolean {
    const status = statusOf(text);
    const key = keyOf(text);
    if (status === undefined || key === undefined) return false;
    const id = idOf(key);
    const transaction = this.pending.get(id);
    if (transaction === undefined) return false;
    if (key.method === 'INVITE') return this.answered(id, transaction, status.code);
    if (status.code >= 200) {
      this.end(id);
    } else if (!this.reliable) {
      // 17.1.2.2: in "Proceeding" Timer E is T2.
      transaction.interval = this.timers.sipT2;
      this.arm(transaction);
    }
    return true;
  }

  /**
   * Gives up a request whose final response came but cannot be used, as if nobody had answered it.
   * @returns whether there is such a request that still waits
   */
  giveUp(response: string): boolean {
    const key = keyOf(response);
    const id = key && idOf(key);
    const transaction = id === undefined ? undefined : this.pending.get(id);
    if (id === undefined || transaction === undefined || transaction.final !== undefined) return false;
    this.end(id);
    this.events.expired(transaction.text);
    return true;
  }

  /** Forgets all transactions and stops their timers. */
  stop(): void {
    for (const id of [...this.pending.keys()]) this.end(id);
  }

  private answered(id: string, invite: Pending, code: number): boolean {
    // 17.1.1.2: in "Proceeding" an INVITE is neither sent again nor given up by Timer B.
    if (invite.final === undefined) {
      clearTimeout(invite.again);
      clearTimeout(invite.expiry);
      if (code < 200) return true;
      invite.final = code < 300 ? '2xx' : 'other';
      if (invite.final === 'other' && this.reliable) this.end(id);
      // Timer D, "at least 32 seconds", and Timer M, 64*T1, are the same.
      else invite.expiry = setTimeout(() => this.end(id), 64 * this.timers.sipT1);
      return true;
    }
    // RFC 6026 7.2: the UA core acknowledges a 2xx that comes again, or from another end.
    if (invite.final === '2xx') return code >= 200 && code < 300;
    if (code >= 300 && invite.ack !== undefined) this.events.resend(invite.ack);
    return false;
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
