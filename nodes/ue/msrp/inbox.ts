import { AttemptFailure } from '../failure';

interface Waiter {
  resolve(content: Buffer): void;
  reject(failure: AttemptFailure): void;
}

/** Messages that came, in order, until they are asked for. */
export class Inbox {
  private readonly items: (Buffer | AttemptFailure)[] = [];
  private readonly waiters: Waiter[] = [];
  private silence: NodeJS.Timeout | undefined;
  private over: AttemptFailure | undefined;

  /** @param patience how long who asks waits while nothing at all comes, in milliseconds */
  constructor(private readonly patience: number) {}

  /** A message, or why one will not come. */
  put(item: Buffer | AttemptFailure): void {
    this.items.push(item);
    this.settle();
  }

  /** Some bytes came. */
  heard(): void {
    this.silence?.refresh();
  }

  /**
   * The next message.
   * @throws AttemptFailure why it will not come; `NO_MEDIA` when nothing came for the patience's time
   */
  take(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject });
      this.settle();
    });
  }

  /** Nothing more comes: what is there can still be taken. */
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
