import type { Security, SuiteId } from '../../ladder';

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
