import type { RunEvent } from '../journal/events';
import type { RunResult } from '../judge/result';
import type { Output } from './output';

/** Shows a run. Every method is optional. */
export interface Reporter {
  /** Told each event of the run's journal as it is written; a warning may also come after {@link onEnd}. */
  onEvent?(event: RunEvent): Promise<void> | void;
  /** The whole result; may write files. */
  onEnd?(result: RunResult): Promise<void> | void;
}

/** What a reporter is made with; it is an {@link Output} itself, where the reporter prints. */
export interface ReporterContext extends Output {
  /** Folder of the run's files. */
  readonly out: string;
  /** Whether what is printed goes to a terminal on which the cursor can be moved. */
  readonly terminal: boolean;
  readonly colours: boolean;
  /** Width of the terminal in columns, asked for anew each time. */
  readonly columns: () => number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a file that is named with `--reporter` exports: a reporter, or what makes one. */
export type ReporterModule = Reporter | ((context: ReporterContext) => Reporter);

/** Gives a reporter, or what makes one, its types; `--reporter ./mine.js` loads what a file exports by default. */
export const defineReporter = <R extends ReporterModule>(reporter: R): R => reporter;

/** A reporter that `--reporter` knows by name: either it talks, or it is one document. */
export type ReporterKind =
  | {
      readonly name: string;
      readonly open: (context: ReporterContext) => Reporter;
    }
  | {
      readonly name: string;
      /** The whole result as text. */
      readonly format: (result: RunResult) => string;
      /** The name of that text in the run's folder. */
      readonly file: string;
      /** Of several documents only one can be printed; one that programs read comes first. */
      readonly readBy: 'programs' | 'people';
    };
