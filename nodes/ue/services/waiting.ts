/** Keeps values until they are asked for, and lets a caller that asks too early wait. */
export class Waiting<T> {
  private readonly kept: T[] = [];
  private readonly asked: ((value: T) => void)[] = [];

  put(value: T): void {
    const first = this.asked.shift();
    if (first) first(value);
    else this.kept.push(value);
  }

  /** The next one. It is no longer waited for once `signal` is aborted; the promise then stays pending. */
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
