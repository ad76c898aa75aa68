import type { Decisive } from '../../firewalls/rules';
import type { Drop, RuleLookup } from './drop';
import type { Vanished } from './vanished';

/** A denied packet, as the firewall logged it by rule or as it was seen to vanish. */
export type Denial = Drop | Vanished;

/** What a firewall denied so far, and news of more. */
export interface Denials {
  /** Everything so far that is known by now, in order of arrival. */
  readonly drops: readonly Denial[];
  /** Calls `listener` for every denied packet from now on. The returned function ends that. */
  onDrop(listener: (denial: Denial) => void): () => void;
}

/** Says of which packets of this kind no retransmission gets through: by the rule, or by what was seen of it. */
export const decisiveOf = (denial: Denial, rule: RuleLookup): Decisive =>
  'rule' in denial ? (rule(denial.rule)?.decisive ?? 'none') : denial.decisive;
