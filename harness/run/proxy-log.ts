import { createInterface } from 'node:readline';
import type { ProxyLogEntry } from '../../nodes/proxy/log-entry';
import type { FollowedLog } from '../lab/box-runner';

/** The proxy's log as it grows. */
export class ProxyLog {
  readonly entries: ProxyLogEntry[] = [];
  private readonly listeners = new Set<() => void>();

  constructor({ process, format }: FollowedLog) {
    createInterface({ input: process.stdout }).on('line', (line) => {
      const entry = format.read(line);
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
}
