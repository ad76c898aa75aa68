import type { ChildProcess } from 'node:child_process';

/**
 * Ends what a program has left in its process group, and with it what holds the pipes to it open. Call it when the
 * program, started with `detached`, has just ended.
 */
export function endGroup({ pid }: Pick<ChildProcess, 'pid'>): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing is left of it.
  }
}
