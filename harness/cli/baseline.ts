import { compareRuns, isWorse } from '../compare/compare';
import type { Comparison } from '../compare/comparison';
import { comparisonFormats } from '../compare/formats';
import type { RunResult } from '../judge/result';
import { LabError } from '../lab/lab-error';
import { terminalOf } from '../report';
import type { Reporter } from '../report/reporter';
import { documentKinds } from '../report/reporters';

/** What a run is compared with when it has ended. */
export class Baseline {
  /** @param before returns what the measured result is compared with */
  constructor(private readonly before: (measured: RunResult) => RunResult) {}

  /**
   * Prints the comparison when the run has ended, or nothing if {@link isWorse} cannot compare. Where standard output has a
   * document for programs, it goes to standard error.
   *
   * @param names of the other reporters
   */
  reporter(names: readonly string[]): Reporter {
    const hasDocument = documentKinds.some(({ name }) => names.includes(name));
    const stream = hasDocument ? process.stderr : process.stdout;
    const { terminal, colours } = terminalOf(stream);
    return {
      onEnd: (result) => {
        const compared = this.comparedWith(result);
        if (!compared) return;
        // A status line may stand there.
        const erased = terminal ? '\r\u001B[2K' : '';
        stream.write(`${erased}\n${comparisonFormats.table(compared, colours)}`);
      },
    };
  }

  /**
   * Says whether anything became worse.
   *
   * @throws LabError `INCOMPARABLE`
   */
  isWorse(result: RunResult): boolean {
    return isWorse(compareRuns(this.before(result), result));
  }

  private comparedWith(result: RunResult): Comparison | undefined {
    try {
      return compareRuns(this.before(result), result);
    } catch (error) {
      // The command ends with this error.
      if (error instanceof LabError) return undefined;
      throw error;
    }
  }
}
