import { existsSync } from 'node:fs';
import type { Firewall } from '../../firewalls/catalogue';
import type { Boxes } from '../../nodes/box';
import { LabError } from '../lab/lab-error';

/**
 * Checks before the lab is started that the interfaces of machines on the bench can be taken into it.
 * @param backend its name
 * @throws LabError `INTERFACE_NOT_USABLE`
 */
export function requireInterfaces(boxes: Boxes, firewalls: readonly Firewall[], backend: string): void {
  for (const { kind, outside, place, neededFor } of boxes) {
    if (outside?.from !== 'interface') continue;
    const { interfaces } = outside;
    const wrong = (what: string): LabError =>
      new LabError(
        'INTERFACE_NOT_USABLE',
        `the box at ${kind}, on interface ${interfaces.join(' and ')}: ${what}`,
      );
    if (backend !== 'netns')
      throw wrong('a machine can stand in a lab of namespaces only; leave --backend out');
    if (process.getuid?.() !== 0) throw wrong('only root can take interfaces into the lab; run it as root');
    if (interfaces.length !== place.interfaces.length)
      throw wrong(
        `it stands on ${place.interfaces.length} networks (${place.interfaces.map(({ network }) => network).join(', ')}); name an interface for each, with a comma between`,
      );
    const [missing] = interfaces.filter((name) => !existsSync(`/proc/sys/net/ipv4/conf/${name}`));
    if (missing !== undefined)
      throw wrong(`this machine has no interface ${missing}; look at ip -brief link`);
    const needing = firewalls.filter(({ knobs }) => neededFor?.(knobs) ?? true);
    if (needing.length > 1)
      throw wrong(
        `one machine cannot stand on ${needing.length} networks at once; choose one of ${needing.map(({ id }) => id).join(', ')} with --firewall`,
      );
  }
}
