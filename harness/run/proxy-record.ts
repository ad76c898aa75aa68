import type { ProxyLogEntry } from '../../nodes/proxy/log-entry';

/** What is known of the transactions of a web proxy, as it grows. */
export abstract class ProxyRecord {
  private readonly listeners = new Set<() => void>();

  /** Everything so far. */
  abstract get entries(): readonly ProxyLogEntry[];

  /** Calls `listener` whenever there may be more from now on. The returned function ends that. */
  onEntry(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Waits until the record satisfies a condition and resolves with true, or with false when the time is over.
   * A proxy writes a tunnel's line when the tunnel has ended, which is after the UE knows.
   */
  until(condition: () => boolean, withinMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (met: boolean): void => {
        clearTimeout(timer);
        this.listeners.delete(look);
        resolve(met);
      };
      const look = (): void => {
        if (condition()) finish(true);
      };
      const timer = setTimeout(() => finish(false), withinMs);
      this.listeners.add(look);
    });
  }

  protected tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
