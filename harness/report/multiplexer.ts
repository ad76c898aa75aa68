import type { RunEvent } from '../journal/events';
import type { RunResult } from '../judge/result';
import type { Reporter } from './reporter';
import { oneLine } from './words';

/** One reporter that stands for several. */
export interface ReporterOfAll extends Reporter {
  onEvent(event: RunEvent): void;
  onEnd(result: RunResult): Promise<void>;
}

/**
 * Makes one reporter of several. A reporter that throws stops neither the others nor the run. A reader that
 * closes the pipe (`| head`) is no failure.
 *
 * @param complain called with the first error of each reporter
 */
export function multiplex(reporters: readonly Reporter[], complain: (why: string) => void): ReporterOfAll {
  const broken = new Set<Reporter>();
  const failed = (reporter: Reporter, error: unknown): void => {
    if (broken.has(reporter)) return;
    broken.add(reporter);
    if ((error as NodeJS.ErrnoException | null)?.code === 'EPIPE') return;
    complain(oneLine(error instanceof Error ? error.message : String(error)));
  };
  const tell = async (reporter: Reporter, event: RunEvent): Promise<void> => {
    try {
      // An async reporter may fail after its call.
      await reporter.onEvent?.(event);
    } catch (error) {
      failed(reporter, error);
    }
  };
  return {
    onEvent: (event) => reporters.forEach((reporter) => void tell(reporter, event)),
    // The reporters end one after the other, so that their output does not mix.
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
