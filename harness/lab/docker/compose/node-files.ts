import type { Catalogue } from '../../../../firewalls/catalogue';
import { builtInBoxes } from '../../../../nodes';
import type { Boxes } from '../../../../nodes/box';
import type { LabFacts } from '../../../../nodes/lab-facts';
import { peer } from '../../../../nodes/peer/peer';
import type { RunSecrets } from '../../../../nodes/run-secrets';
import { planWiring } from '../wiring';
import { configuredBox, labFacts, type ConfiguredBox } from './configured-box';
import { probesFile, type CoreProbe } from './layout';
import { startScript, withStart } from './start-script';

/** Name to content. */
export type Files = Readonly<Record<string, string>>;

/**
 * Returns the files of each node of the whole lab: its configuration, as on every backend, and the script that
 * starts it.
 *
 * @returns by node
 */
export function nodeFiles(
  catalogue: Catalogue,
  secrets: RunSecrets,
  boxes: Boxes = builtInBoxes,
): ReadonlyMap<string, Files> {
  const facts = labFacts(catalogue, boxes, secrets);
  const configured = planWiring(facts.topology).nodes.map((plan) => configuredBox(plan, facts, boxes));
  const probes = configured.flatMap((one) => probesOf(one, facts));
  return new Map(
    configured.map((one) => {
      const { id, kind } = one.plan.spec;
      const files = { ...one.files, ...one.box.alone?.files };
      // The service `ready` shares the peer's network and sees its files.
      const more: Files = kind === peer.kind ? { [probesFile]: JSON.stringify(probes) } : {};
      return [id, withStart({ ...files, ...more }, startScript(one))] as const;
    }),
  );
}

/**
 * Returns the questions that show whether a box of the core serves; none for a box that cannot be asked over
 * the network.
 */
function probesOf({ plan, box, config }: ConfiguredBox, facts: LabFacts): CoreProbe[] {
  if (plan.spec.firewall !== undefined) return [];
  const probe = [box.answers(config, facts), box.ready(config)].find((one) => one?.by === 'probe');
  return probe?.by === 'probe' ? [{ node: plan.spec.id, kind: probe.kind, at: probe.at }] : [];
}
