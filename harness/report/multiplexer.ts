import type { Reporter } from './reporter';
import { oneLine } from './words';

/**
 * Several reporters as one. A reporter that throws does not stop the others nor the run. That its reader has enough
 * (`| head`) is no failure.
 *
 * @param complain told of the first error of each reporter
 */
export function multiplex(
  reporters: readonly Reporter[],
  complain: (why: string) => void,
): Required<Reporter> {
  const broken = new Set<Reporter>();
  const failed = (reporter: Reporter, error: unknown): void => {
    if (broken.has(reporter)) return;
    broken.add(reporter);
    if ((error as NodeJS.ErrnoException | null)?.code === 'EPIPE') return;
    complain(oneLine(error instanceof Error ? error.message : String(error)));
  };
  const each = (call: (reporter: Reporter) => void): void => {
    for (const reporter of reporters) {
      try {
        call(reporter);
      } catch (error) {
        failed(reporter, error);
      }
    }
  };
  return {
    onEvent: (event) => each((reporter) => reporter.onEvent?.(event)),
    // One after the other: what two of them print must not mix.
    async onEnd(result) {
      for (const reporter of reporters) {
        try {
          await reporter.onEnd?.(result);
        } catch (error) {
          failed(reporter, error);
        }
      }
    },
  };
}
