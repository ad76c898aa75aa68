import type { ChildProcess } from 'node:child_process';
import { endGroup } from 'mininet-ts-bridge';
import { endingSignals } from '../../kit/ending-signals';

/**
 * The programs that run in process groups of their own. Ctrl-C reaches the group of a terminal's foreground alone, so that
 * these are ended by hand when a signal ends this process.
 */
const running = new Set<ChildProcess>();

/** Ends what is left of a program's group when the program has ended, or a signal ends this process. */
export function endWithThisProcess(child: ChildProcess): void {
  if (running.size === 0) for (const signal of endingSignals) process.on(signal, endAll);
  running.add(child);
  const over = (): void => {
    endGroup(child);
    running.delete(child);
    if (running.size === 0) forget();
  };
  child.once('exit', over);
  child.once('error', over);
}

const forget = (): void => {
  for (const signal of endingSignals) process.off(signal, endAll);
};

function endAll(signal: NodeJS.Signals): void {
  for (const child of running) endGroup(child);
  forget();
  // Whoever else listens decides when this process ends. With nobody it ends as it would have by itself.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
