import type { Catalogue } from '../../../../firewalls/catalogue';
import type { Box, Boxes } from '../../../../nodes/box';
import { AccessFacts, LabFacts } from '../../../../nodes/lab-facts';
import type { RunSecrets } from '../../../../nodes/run-secrets';
import { topologyFor } from '../../../../nodes/topology-for';
import { folderOf } from '../containers';
import type { NodePlan } from '../wiring';

/** The box of a node in the compose file, with its configuration. */
export interface ConfiguredBox {
  readonly plan: NodePlan;
  readonly box: Box;
  readonly config: unknown;
  readonly folder: string;
  /** The box's own files. */
  readonly files: Readonly<Record<string, string>>;
}

/** Returns the facts of the lab with every firewall of the catalogue. */
export const labFacts = (catalogue: Catalogue, boxes: Boxes, secrets: RunSecrets): LabFacts =>
  new LabFacts(topologyFor(catalogue, catalogue, boxes), boxes, secrets, catalogue);

/**
 * Returns the placeholder in files for the name of a node's interface, which is only known where the node runs.
 * @param index the number of the interface on the node
 */
export const interfacePlaceholder = (index: number): string => `@if${index}`;

/** Configures the box of a node. */
export function configuredBox(plan: NodePlan, facts: LabFacts, boxes: Boxes): ConfiguredBox {
  const { spec } = plan;
  const box = boxes.of(spec.kind);
  const folder = folderOf(spec.id);
  const firewall = facts.firewalls.find(({ id }) => id === spec.firewall);
  const config = box.config.parse(
    box.configure(facts, {
      node: spec,
      interfaceOf: (ip) => interfacePlaceholder(spec.interfaces.findIndex((at) => at.ip === ip)),
      ...(firewall ? { access: new AccessFacts(firewall, facts.topology) } : {}),
    }),
  );
  return { plan, box, config, folder, files: box.files(config, folder) };
}
