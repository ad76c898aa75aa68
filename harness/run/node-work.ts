import { UeError } from '../../nodes/ue/ue-driver';
import { LabError } from '../lab/lab-error';
import type { Outages } from '../lab/outages';
import { elapsed } from './elapsed';

/** How long the end of a node may take to be known after what it was busy with has failed, ms. */
export const deathLagMs = 500;

/**
 * Does something with a node while attempts are played. What the node does wrong is told as its outage; only a defect of
 * ours is thrown.
 *
 * @param node whose outage it is
 * @returns whether it was done
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
    // The lab is about to tell the last words of a UE that has ended.
    const over = new AbortController();
    if (error.code === 'UE_GONE')
      await Promise.race([outages.of([node], over.signal), elapsed(deathLagMs, over.signal)]);
    over.abort();
    outages.tell(node, new LabError(error.code, `${node}: ${error.message}`));
    return false;
  }
}
