import { docker } from '../lab/docker/docker';
import type { Remains } from '../lab/backend';

/** The command that removes what killed runs have left. */
export const removeRemainsCommand = 'nimsfw down --all';

/** Milliseconds to wait for an engine. It is not long, since the user did not ask about Docker. */
const patienceMs = 5000;

/** Finds the remains of killed runs in Docker; undefined if the engine is missing or does not answer. */
export async function findDockerRemains(silentMs = patienceMs): Promise<readonly Remains[] | undefined> {
  try {
    return await docker.findRemains!(silentMs);
  } catch {
    return undefined;
  }
}

/** Describes the remains of one killed run, with its process and its time. */
export function remainsText({ run, process, since, containers, networks }: Remains): string {
  const things = [counted(containers.length, 'container'), counted(networks.length, 'network')].filter(
    (text) => text !== undefined,
  );
  const time = new Date(since).toISOString().replace(/\.\d+/, '');
  return `${things.join(' and ')} of run ${run} in Docker, since ${time}, whose process ${process} was killed`;
}

const counted = (count: number, what: string): string | undefined =>
  count === 0 ? undefined : `${count} ${what}${count === 1 ? '' : 's'}`;
