/** Keeps values until they are asked for, and lets a caller that asks too early wait. */
export class Waiting<T> {
  private readonly kept: T[] = [];
  private readonly asked: ((value: T) => void)[] = [];

  put(value: T): void {
    const first = this.asked.shift();
    if (first) first(value);
    else this.kept.push(value);
  }

  /** Resolves with the next value. If `signal` is aborted first, the promise stays pending and the value is kept. */
  next(signal?: AbortSignal): Promise<T> {
    return new Promise((resolve) => {
      if (this.kept.length > 0) return resolve(this.kept.shift()!);
      this.asked.push(resolve);
      signal?.addEventListener('abort', () => {
        const at = this.asked.indexOf(resolve);
        if (at >= 0) this.asked.splice(at, 1);
      });
    });
  }
}
