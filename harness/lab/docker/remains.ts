import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Remains, Removed } from '../backend';
import { LabError } from '../lab-error';
import { isMissing } from './engine';
import { hasEnded, labels, pidOf } from './owner';
import { inParallel } from '../../../kit/at-once';

const atOnce = 16;

/** How long the engine may take for one thing, in ms: with twice the work that a machine can do, half a minute was seen. */
const patienceMs = 60_000;

/**
 * What runs have left whose process is gone: killed, or the machine went down under them. Nothing of runs that go on, nor
 * anything without the lab's labels. The oldest first.
 */
export async function findRemains(docker: Docker): Promise<Remains[]> {
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
  const things = [
    ...containers.map(({ Id, Labels, Created }) => ({
      Id,
      Labels,
      since: Created * 1000,
      is: 'containers' as const,
    })),
    ...networks.map(({ Id, Labels, Created }) => ({
      Id,
      Labels,
      since: Date.parse(Created),
      is: 'networks' as const,
    })),
  ];
  const left = new Map<string, Remains & Record<'containers' | 'networks', string[]>>();
  for (const { Id, Labels, since, is } of things.filter((thing) => isLeft(thing.Labels))) {
    const run = runOf(Labels);
    const process = pidOf(Labels?.[labels.owner] ?? '');
    const known = left.get(run) ?? { run, process, since, containers: [], networks: [] };
    known[is].push(Id);
    left.set(run, { ...known, since: Math.min(known.since, since) });
  }
  return [...left.values()].sort((a, b) => a.since - b.since);
}

/** Removes what {@link findRemains} finds. */
export async function removeRemains(docker: Docker): Promise<Removed> {
  const left = await findRemains(docker);
  return remove(
    docker,
    left.flatMap(({ containers }) => containers),
    left.flatMap(({ networks }) => networks),
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
  await inParallel(networks, atOnce, (id) => gone(() => removeNetwork(docker.getNetwork(id))));
  return { containers: containers.length, networks: networks.length };
}

/**
 * Removes a network. An engine under load can keep an endpoint of a container that is gone ("has active endpoints"), for
 * good where nobody takes it from the network.
 */
async function removeNetwork(network: Docker.Network): Promise<void> {
  try {
    await network.remove();
  } catch (error) {
    if (!/active endpoints/.test((error as Error).message)) throw error;
    const { Containers = {} } = (await network.inspect()) as {
      Containers?: Record<string, { Name?: string }>;
    };
    for (const [id, { Name }] of Object.entries(Containers))
      // The container's id finds it, or where there is no such container any more, the endpoint's name.
      for (const Container of new Set([id, Name ?? id]))
        await network.disconnect({ Container, Force: true }).catch(() => undefined);
    await network.remove();
  }
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
