import type { Catalogue, Firewall } from '../../firewalls/catalogue';
import { choose } from './choice';

/**
 * The firewalls of such a list as `0-9,closed`, in the order of the catalogue; all of it where there is none.
 * @throws LabError `UNKNOWN_FIREWALL`
 */
export function chooseFirewalls(catalogue: Catalogue, text: string | undefined): readonly Firewall[] {
  if (text === undefined) return catalogue;
  const known = catalogue.map(({ id }) => id);
  const ids = choose({ what: 'firewall', code: 'UNKNOWN_FIREWALL', known }, text);
  return catalogue.filter(({ id }) => ids.includes(id));
}
