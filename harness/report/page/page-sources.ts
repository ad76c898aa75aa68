import type { Sequence } from '../../sequence/sequence';
import type { RunFiles } from './run-files';

/** What a page is made of beside the result. */
export interface PageSources {
  readonly files: RunFiles;
  /** The sequences that could be read, by the ids of the attempts. */
  readonly sequences: ReadonlyMap<string, Sequence>;
  /** Of a run that goes on: the ids of the cells that have begun. Undefined if the run is over. */
  readonly begun?: ReadonlySet<string>;
}
