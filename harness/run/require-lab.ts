import type { Firewall } from '../../firewalls/catalogue';
import type { Boxes } from '../../nodes/box';
import { LabError } from '../lab/lab-error';
import { requireDns } from '../plan/require-dns';
import { requireCommands } from '../machine/commands';
import { requireInterfaces } from '../machine/interfaces';
import { requirePrograms } from '../machine/program-checks';
import { requireSurroundings } from '../machine/surroundings';

/**
 * Requires that a lab of these boxes can stand on this machine, before anything is started.
 * @param backend its name
 * @throws LabError whose line names what is missing
 */
export function requireLab(backend: string, boxes: Boxes, firewalls: readonly Firewall[]): void {
  requireInterfaces(boxes, firewalls, backend);
  requireCommands(boxes);
  requireDns(firewalls, boxes);
  if (backend !== 'netns') return;
  requireNoImages(boxes);
  requireSurroundings(firewalls);
  requirePrograms(firewalls, undefined, boxes);
}

/** @throws LabError `IMAGE_NEEDS_DOCKER` */
function requireNoImages(boxes: Boxes): void {
  for (const { kind, outside } of boxes)
    if (outside?.from === 'image')
      throw new LabError(
        'IMAGE_NEEDS_DOCKER',
        `${outside.reference} at ${kind} is a container image; add --backend docker, or name a command`,
      );
}
