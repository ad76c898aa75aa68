import { UeError } from '../../nodes/ue/ue-driver';
import { LabError } from '../lab/lab-error';
import type { Outages } from '../lab/outages';
import { elapsed } from '../../kit/elapsed';

/** Milliseconds by which the lab may learn of a node's end after the work that used the node has failed. */
export const deathLagMs = 500;

/**
 * Says whether one of these nodes is out of order, or is about to be: when a node has ended, the lab reports that with
 * the node's last words, which say more than the error of what needed it and may be there before.
 */
export async function isOut(outages: Outages, nodes: readonly string[]): Promise<boolean> {
  const over = new AbortController();
  await Promise.race([outages.of(nodes, over.signal), elapsed(deathLagMs, over.signal)]);
  over.abort();
  return outages.among(nodes) !== undefined;
}

/**
 * Works with a node while attempts are played. An error of the node becomes its outage; any other error is a
 * defect of this program and is thrown.
 *
 * @param node the node or capture that is out of order if the work fails
 * @returns whether the work succeeded
 */
export async function workWith(
  outages: Outages,
  node: string,
  work: () => Promise<unknown> | undefined,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof LabError || error instanceof UeError)) throw error;
    if (error.code === 'UE_GONE') await isOut(outages, [node]);
    outages.tell(node, new LabError(error.code, `${node}: ${error.message}`));
    return false;
  }
}
