import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Removed } from '../backend';
import { LabError } from '../lab-error';
import { isMissing } from './engine';
import { hasEnded, labels } from './owner';
import { inParallel } from './pool';

const atOnce = 16;

/** How long a network is waited for that the engine still thinks in use, in ms. */
const patienceMs = 10_000;

/**
 * Removes what runs have left whose process is gone: killed, or the machine went down under them. Runs that go on are
 * not touched, nor is anything without the lab's labels.
 */
export async function removeRemains(docker: Docker): Promise<Removed> {
  const filters = { label: [labels.lab, labels.run, labels.owner] };
  const [containers, networks] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
  ]);
  // An owner that this process cannot see may well be alive, but not one whose containers have all ended.
  const running = new Set(
    containers.filter(({ State }) => State === 'running').map(({ Labels }) => runOf(Labels)),
  );
  const isLeft = (has: Readonly<Record<string, string>> | undefined): boolean => {
    const ended = hasEnded(has?.[labels.owner] ?? '');
    return ended ?? !running.has(runOf(has));
  };
  return remove(
    docker,
    containers.filter(({ Labels }) => isLeft(Labels)).map(({ Id }) => Id),
    networks.filter(({ Labels }) => isLeft(Labels)).map(({ Id }) => Id),
  );
}

/** Removes everything of one run. */
export async function removeRun(docker: Docker, run: string): Promise<Removed> {
  const filters = { label: [labels.lab, `${labels.run}=${run}`] };
  const [containers, networks] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
  ]);
  return remove(
    docker,
    containers.map(({ Id }) => Id),
    networks.map(({ Id }) => Id),
  );
}

const runOf = (has: Readonly<Record<string, string>> | undefined): string => has?.[labels.run] ?? '';

async function remove(
  docker: Docker,
  containers: readonly string[],
  networks: readonly string[],
): Promise<Removed> {
  // `v`: a volume that an image asks for goes too.
  await inParallel(containers, atOnce, (id) =>
    gone(() => docker.getContainer(id).remove({ force: true, v: true })),
  );
  await inParallel(networks, atOnce, (id) => gone(() => docker.getNetwork(id).remove()));
  return { containers: containers.length, networks: networks.length };
}

/** Asks until it is gone; somebody else may be removing it at the same time. */
async function gone(ask: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (isMissing(error)) return;
      if (Date.now() > deadline)
        throw new LabError(
          'NOT_REMOVED',
          `the engine did not remove a part of the lab within ${patienceMs} ms (${(error as Error).message}); nimsfw down --all tries again`,
        );
    }
    await delay(50);
  }
}
