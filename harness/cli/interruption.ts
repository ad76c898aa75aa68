import { endingSignals } from '../../kit/ending-signals';

/**
 * Returns a signal that the first of these signals aborts without ending this process. A second signal of the
 * same kind ends the process.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of endingSignals) process.once(signal, () => controller.abort());
  return controller.signal;
}
