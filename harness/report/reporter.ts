import type { RunEvent } from '../journal/events';
import type { RunResult } from '../judge/result';
import type { Output } from './output';

/** Shows a run. Every method is optional. */
export interface Reporter {
  /**
   * Called with each event of the run's journal as it is written. A warning may also come after {@link onEnd}.
   */
  onEvent?(event: RunEvent): Promise<void> | void;
  /** Called with the whole result at the end; may write files. */
  onEnd?(result: RunResult): Promise<void> | void;
}

/** The context of a reporter. It is also the {@link Output} to which the reporter prints. */
export interface ReporterContext extends Output {
  /** Folder of the run's files. */
  readonly out: string;
  /** True if the output goes to a terminal on which the cursor can be moved. */
  readonly terminal: boolean;
  readonly colours: boolean;
  /** Returns the current width of the terminal in columns. */
  readonly columns: () => number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The default export of a file that `--reporter` names: a reporter, or a function that makes one. */
export type ReporterModule = Reporter | ((context: ReporterContext) => Reporter);

/**
 * Checks the types of a reporter, or of a function that makes one. `--reporter ./mine.js` loads the default
 * export of a file.
 */
export const defineReporter = <R extends ReporterModule>(reporter: R): R => reporter;

/** The folders of a document that shows more of a run than its result. */
export interface RunPlaces {
  /** The folder that the document is written to. */
  readonly out: string;
  /** The folder of the run's files; undefined if there is nothing but a result. */
  readonly folder: string | undefined;
}

/** A reporter that `--reporter` knows by name: it prints while the run goes on, or is one document, or makes files. */
export type ReporterKind =
  | {
      readonly name: string;
      readonly open: (context: ReporterContext) => Reporter;
      /** Set if it prints the warnings on a terminal, where they must not run into its status line. */
      readonly printsWarnings?: true;
    }
  | {
      readonly name: string;
      /** Returns the whole result as text. */
      readonly format: (result: RunResult, places: RunPlaces) => string | Promise<string>;
      /** The file name of that text in the run's folder. */
      readonly file: string;
      /** Whether every run has the file, or those only that are asked for it. */
      readonly written: 'always' | 'when asked';
      /** Only one of several documents can be printed; those for programs come first. */
      readonly readBy: 'programs' | 'people';
    }
  | {
      readonly name: string;
      /** Makes files for the run's folder. They are too many to be printed, and made only when asked for. */
      readonly files: (result: RunResult, places: RunPlaces) => Promise<readonly ReportFile[]>;
    };

/** A file of a report. */
export interface ReportFile {
  /** Relative to the folder of the run. */
  readonly path: string;
  readonly text: string;
}
