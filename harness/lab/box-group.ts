import type { Firewall } from '../../firewalls/catalogue';
import type { UeDriver } from '../../nodes/ue/ue-driver';
import type { NodeSpec } from '../../topologies/topology';
import { LabError } from './lab-error';
import type { Asker, BoxRunner, RunningBox } from './box-runner';

/** Boxes that are started side by side. The UE among them asks the others whether they are ready. */
export interface BoxGroup {
  /**
   * The boxes. Each promise resolves when the box's program has been started; `RunningBox.ready` tells when it
   * is ready.
   */
  readonly started: readonly Promise<RunningBox>[];
  /** Resolves with the UE among them when it is ready. */
  readonly ue: Promise<UeDriver>;
}

/**
 * Starts all boxes at once.
 * @param ue the node among them that is a UE
 * @param firewall the firewall behind which the boxes stand, if any
 */
export function startGroup(
  runner: BoxRunner,
  nodes: readonly NodeSpec[],
  ue: NodeSpec,
  firewall?: Firewall,
): BoxGroup {
  const asker: Asker = { id: ue.id, ue: () => ready };
  const start = (node: NodeSpec): Promise<RunningBox> => runner.start(node, asker, firewall);
  const phone = start(ue);
  const ready = phone.then(async (box) => {
    await box.ready;
    if (box.ue) return box.ue;
    throw new LabError('INVALID_BOX', `what stands at ${ue.id} is no phone, ready by "rpc"; mend its box`, {
      node: ue.id,
    });
  });
  // A caller that awaits these promises gets their errors. An error that nobody awaits yet must not end the
  // process.
  ready.catch(() => undefined);
  const started = nodes.map((node) => (node === ue ? phone : start(node)));
  for (const one of started) one.catch(() => undefined);
  return { started, ue: ready };
}
