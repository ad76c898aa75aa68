import type { RunEvent } from '../journal/events';
import type { RunResult } from '../judge/result';
import type { Reporter } from './reporter';
import { oneLine } from './words';

/** Several reporters behind the face of one. */
export interface ReporterOfAll extends Reporter {
  onEvent(event: RunEvent): void;
  onEnd(result: RunResult): Promise<void>;
}

/**
 * Several reporters as one. A reporter that throws does not stop the others nor the run. That its reader has enough
 * (`| head`) is no failure.
 *
 * @param complain told of the first error of each reporter
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
      // One that is written as an async function may fail later.
      await reporter.onEvent?.(event);
    } catch (error) {
      failed(reporter, error);
    }
  };
  return {
    onEvent: (event) => reporters.forEach((reporter) => void tell(reporter, event)),
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
