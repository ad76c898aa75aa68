import { AttemptFailure } from '../failure';

interface Waiter {
  resolve(content: Buffer): void;
  reject(failure: AttemptFailure): void;
}

/** Keeps incoming messages, in order, until the session takes them. */
export class Inbox {
  private readonly items: (Buffer | AttemptFailure)[] = [];
  private readonly waiters: Waiter[] = [];
  private silence: NodeJS.Timeout | undefined;
  private over: AttemptFailure | undefined;

  /** @param patience milliseconds that a caller waits while no bytes come */
  constructor(private readonly patience: number) {}

  /** Puts in a message, or the failure because of which one will not come. */
  put(item: Buffer | AttemptFailure): void {
    this.items.push(item);
    this.settle();
  }

  /** Notes that some bytes came. */
  heard(): void {
    this.silence?.refresh();
  }

  /**
   * Takes the next message, or waits for it.
   * @throws AttemptFailure the failure because of which it will not come; `NO_MEDIA` if no bytes came for `patience`
   */
  take(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject });
      this.settle();
    });
  }

  /** Ends the inbox. Messages that are there can still be taken. */
  end(failure: AttemptFailure): void {
    this.over ??= failure;
    this.settle();
  }

  private settle(): void {
    while (this.waiters.length > 0) {
      const item = this.items.shift() ?? this.over;
      if (item === undefined) break;
      const waiter = this.waiters.shift();
      if (Buffer.isBuffer(item)) waiter?.resolve(item);
      else waiter?.reject(item);
    }
    if (this.waiters.length === 0) {
      clearTimeout(this.silence);
      this.silence = undefined;
    } else {
      this.silence ??= setTimeout(() => this.giveUp(), this.patience);
    }
  }

  private giveUp(): void {
    this.silence = undefined;
    const failure = new AttemptFailure('NO_MEDIA', `nothing came for ${this.patience / 1000} s`);
    for (const waiter of this.waiters.splice(0)) waiter.reject(failure);
  }
}
