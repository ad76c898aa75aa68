import type { Firewall } from '../firewalls/catalogue';
import { labTopology, type LabTopology } from '../topologies/lab-topology';
import { addressOf } from '../topologies/topology';
import { builtInBoxes } from '.';
import type { Boxes } from './box';
import { nameInHomeNetwork } from './home-network';

/**
 * Returns the topology with an access network for each of these firewalls. Their addresses follow their places
 * in the catalogue.
 */
export function topologyFor(
  firewalls: readonly Pick<Firewall, 'id' | 'knobs'>[],
  catalogue: readonly Pick<Firewall, 'id'>[],
  boxes: Boxes = builtInBoxes,
): LabTopology {
  const accesses = firewalls.map(({ id, knobs }) => ({
    firewall: id,
    index: catalogue.findIndex((entry) => entry.id === id),
    kinds: [...boxes].filter(({ neededFor }) => neededFor?.(knobs) ?? true).map(({ kind }) => kind),
    napt: knobs.napt,
  }));
  return labTopology(accesses, boxes.placements);
}

/** Maps the names of boxes in the home network to their addresses, as every node's `/etc/hosts` does. */
export function namesOf({ core }: LabTopology, boxes: Boxes = builtInBoxes): Record<string, string> {
  return Object.fromEntries(
    [...core.values()].flatMap((node) => {
      const { hostName } = boxes.of(node.kind);
      return hostName === undefined ? [] : [[nameInHomeNetwork(hostName), addressOf(node)] as const];
    }),
  );
}
