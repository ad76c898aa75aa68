import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { parseProxyLogLine, type ProxyLogEntry } from '../evidence/proxy-log';

/** The proxy's log as it grows. */
export class ProxyLog {
  readonly entries: ProxyLogEntry[] = [];
  private readonly listeners = new Set<() => void>();

  constructor(stream: Readable) {
    createInterface({ input: stream }).on('line', (line) => {
      const entry = parseProxyLogLine(line);
      if (!entry) return;
      this.entries.push(entry);
      for (const listener of [...this.listeners]) listener();
    });
  }

  /** Calls `listener` for every line from now on. The returned function ends that. */
  onEntry(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Waits until the log satisfies a condition and resolves with true, or with false when the time is over.
   * squid writes a tunnel's line when the tunnel has ended, which is after the UE knows.
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
}
