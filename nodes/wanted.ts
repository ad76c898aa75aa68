import type { Rung, SuiteId } from '../ladder';

/** What an attempt asks of the boxes of a lab, as far as it decides whether they can do it. */
export interface Wanted {
  readonly action: string;
  readonly rung: Rung;
  readonly suite: SuiteId;
}
