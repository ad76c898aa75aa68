/** What ends a command of ours: Ctrl-C, a supervisor, a terminal that is closed. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborted by the first of these signals, which does not end this process; the same for the second time does. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of endingSignals) process.once(signal, () => controller.abort());
  return controller.signal;
}
