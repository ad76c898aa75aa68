import { rungId, type Rung, type Security, type SuiteId } from '../../ladder';

/** The choice that one cell is of. */
export interface CellChoice {
  readonly firewall: string;
  readonly scenario: string;
  readonly suite: SuiteId;
  readonly security: Security;
  /** The firewall that the UE moves to, in a scenario with a move. */
  readonly to?: string;
}

/** Returns the id of a cell, e.g. `6/register/null` or `0>8/access-change/aes/aka`. The usual security, `digest`, is not in it. */
export const cellId = ({ firewall, scenario, suite, security, to }: CellChoice): string =>
  [
    to === undefined ? firewall : `${firewall}>${to}`,
    scenario,
    suite,
    ...(security === 'digest' ? [] : [security]),
  ].join('/');

/** What tells the attempts of one cell from each other. */
export interface AttemptChoice {
  /** The firewall, if it is not the cell's own but the one that the UE moves to. */
  readonly at?: string | undefined;
  readonly rung: Rung;
  /** Number of the repetition. */
  readonly round: number;
}

/**
 * Returns the id of an attempt, e.g. `0>8/access-change/aes/8:3-tls:443`. A cell that is not repeated has no rounds in it.
 *
 * @param cell id of the cell
 * @param repeat number of times that each cell is run
 */
export const attemptId = (cell: string, { at, rung, round }: AttemptChoice, repeat: number): string =>
  `${cell}/${at === undefined ? '' : `${at}:`}${rungId(rung)}${repeat > 1 ? `/${round}` : ''}`;
