import type { UeTimers } from '../timers';
import { keyOf, statusOf } from './sip-text';

interface Answered {
  /** The response that a repeated request gets; undefined if only the UA core may repeat it. */
  response: string | undefined;
  /** Timer G. */
  again: NodeJS.Timeout | undefined;
  /** Timers H, I, J and L, which forget the transaction. */
  expiry: NodeJS.Timeout | undefined;
  isAcknowledged?: true;
}

/**
 * The duties of server transactions that JsSIP omits because it believes its transport reliable. A request that
 * comes again gets its answer again (RFC 3261 17.2), and over UDP the refusal of an INVITE is sent until it is
 * acknowledged (17.2.1). JsSIP itself repeats a 2xx, since that is the duty of the UA core.
 */
export class ServerTransactions {
  private readonly known = new Map<string, Answered>();

  /** @param resend sends a message again */
  constructor(
    private readonly reliable: boolean,
    private readonly timers: Pick<UeTimers, 'sipT1' | 'sipT2' | 'sipT4'>,
    private readonly resend: (text: string) => void,
  ) {}

  /**
   * Takes a request that came in.
   * @returns whether it is new
   */
  received(text: string): boolean {
    const key = keyOf(text);
    if (key === undefined) return true;
    if (key.method === 'ACK') {
      // Only the ACK of a refusal has the branch of its INVITE.
      this.acknowledged(`INVITE ${key.branch}`);
      return true;
    }
    const transaction = this.known.get(`${key.method} ${key.branch}`);
    if (transaction === undefined) return true;
    if (transaction.response !== undefined) this.resend(transaction.response);
    return false;
  }

  /** Notes a response that was sent. */
  sent(text: string): void {
    const status = statusOf(text);
    const key = keyOf(text);
    if (status === undefined || key === undefined) return;
    const id = `${key.method} ${key.branch}`;
    const transaction = this.known.get(id) ?? { response: undefined, again: undefined, expiry: undefined };
    // This is a 2xx that is sent again.
    if (transaction.expiry !== undefined) return;
    this.known.set(id, transaction);
    const accepted = key.method === 'INVITE' && status.code >= 200 && status.code < 300;
    transaction.response = accepted ? undefined : text;
    if (status.code < 200) return;
    transaction.expiry = setTimeout(() => this.end(id), 64 * this.timers.sipT1);
    if (key.method === 'INVITE' && !accepted && !this.reliable)
      this.arm(transaction, text, this.timers.sipT1);
  }

  /** Forgets all transactions and stops their timers. */
  stop(): void {
    for (const id of [...this.known.keys()]) this.end(id);
  }

  /** 17.2.1: Timer I absorbs what comes of a refused INVITE after its first ACK. */
  private acknowledged(id: string): void {
    const transaction = this.known.get(id);
    if (transaction?.expiry === undefined || transaction.isAcknowledged) return;
    transaction.isAcknowledged = true;
    clearTimeout(transaction.again);
    clearTimeout(transaction.expiry);
    transaction.expiry = setTimeout(() => this.end(id), this.reliable ? 0 : this.timers.sipT4);
  }

  private arm(transaction: Answered, text: string, interval: number): void {
    transaction.again = setTimeout(() => {
      this.arm(transaction, text, Math.min(2 * interval, this.timers.sipT2));
      this.resend(text);
    }, interval);
  }

  private end(id: string): void {
    const transaction = this.known.get(id);
    clearTimeout(transaction?.again);
    clearTimeout(transaction?.expiry);
    this.known.delete(id);
  }
}
