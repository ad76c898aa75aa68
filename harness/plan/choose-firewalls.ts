import type { Catalogue, Firewall } from '../../firewalls/catalogue';
import { choose } from './choice';

/**
 * Returns the firewalls of a list such as `0-9,closed` in the order of the catalogue, or the whole catalogue
 * without a list.
 *
 * @throws LabError `UNKNOWN_FIREWALL`
 */
export function chooseFirewalls(catalogue: Catalogue, text: string | undefined): readonly Firewall[] {
  if (text === undefined) return catalogue;
  const known = catalogue.map(({ id }) => id);
  const ids = choose({ what: 'firewall', code: 'UNKNOWN_FIREWALL', known }, text);
  return catalogue.filter(({ id }) => ids.includes(id));
}
