import { docker } from '../lab/docker/docker';
import type { Remains } from '../lab/backend';

/** The command that removes what killed runs have left. */
export const removeRemainsCommand = 'nimsfw down --all';

/** An engine that is silent for longer, in ms, is not waited for, since the user did not ask about it. */
const patienceMs = 5000;

/** What killed runs have left in Docker; undefined where the engine is not there or does not say. */
export async function findDockerRemains(silentMs = patienceMs): Promise<readonly Remains[] | undefined> {
  try {
    return await docker.findRemains!(silentMs);
  } catch {
    return undefined;
  }
}

/** What one killed run has left, whose it was and since when. */
export function remainsText({ run, process, since, containers, networks }: Remains): string {
  const things = [counted(containers.length, 'container'), counted(networks.length, 'network')].filter(
    (text) => text !== undefined,
  );
  const time = new Date(since).toISOString().replace(/\.\d+/, '');
  return `${things.join(' and ')} of run ${run} in Docker, since ${time}, whose process ${process} was killed`;
}

const counted = (count: number, what: string): string | undefined =>
  count === 0 ? undefined : `${count} ${what}${count === 1 ? '' : 's'}`;
