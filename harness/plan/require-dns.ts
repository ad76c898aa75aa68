import type { Firewall } from '../../firewalls/catalogue';
import type { Boxes } from '../../nodes/box';
import { dnsKind } from '../../nodes/dns/kind';
import { LabError } from '../lab/lab-error';

/**
 * Checks that a lab has a DNS server where a firewall decides who may ask one. Without one nobody asks, and the knob
 * would be measured as if it did nothing.
 * @throws LabError `NO_DNS`
 */
export function requireDns(firewalls: readonly Firewall[], boxes: Boxes): void {
  const deciding = firewalls.find(({ knobs }) => knobs.dns !== 'anyone');
  if (!deciding || [...boxes].some(({ kind }) => kind === dnsKind)) return;
  throw new LabError(
    'NO_DNS',
    `the firewall ${deciding.id} decides who may ask the DNS, and this lab has no DNS server; choose one with --dns dnsmasq`,
  );
}
