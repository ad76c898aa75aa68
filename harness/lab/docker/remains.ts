import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Remains, Removed } from '../backend';
import { LabError } from '../lab-error';
import { isMissing } from './engine';
import { hasEnded, labels, pidOf } from './owner';
import { inParallel } from '../../../kit/at-once';

const atOnce = 16;

/**
 * Milliseconds that the engine may take to remove one thing. Half a minute was seen on a machine with twice the
 * work it can do.
 */
const patienceMs = 60_000;

/**
 * Finds the remains of runs whose process is gone, because it was killed or the machine went down. It skips
 * running runs, and everything without the lab's labels. The oldest come first.
 */
export async function findRemains(docker: Docker): Promise<Remains[]> {
  const filters = { label: [labels.lab, labels.run, labels.owner] };
  const [containers, networks] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
  ]);
  // An owner that this process cannot see may be alive, unless all its containers have ended.
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

/**
 * Removes everything of one run, and looks whether that was all: on a busy machine a network was once there after everything
 * had been removed.
 */
export async function removeRun(docker: Docker, run: string): Promise<void> {
  const filters = { label: [labels.lab, `${labels.run}=${run}`] };
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const [containers, networks] = await Promise.all([
      docker.listContainers({ all: true, filters }),
      docker.listNetworks({ filters }),
    ]);
    if (containers.length + networks.length === 0) return;
    if (Date.now() > deadline) throw notRemoved('it is there again and again');
    await remove(
      docker,
      containers.map(({ Id }) => Id),
      networks.map(({ Id }) => Id),
    );
  }
}

const runOf = (has: Readonly<Record<string, string>> | undefined): string => has?.[labels.run] ?? '';

async function remove(
  docker: Docker,
  containers: readonly string[],
  networks: readonly string[],
): Promise<Removed> {
  // `v` also removes a volume that an image asks for.
  await inParallel(containers, atOnce, (id) =>
    gone(() => docker.getContainer(id).remove({ force: true, v: true })),
  );
  await inParallel(networks, atOnce, (id) => gone(() => removeNetwork(docker.getNetwork(id))));
  return { containers: containers.length, networks: networks.length };
}

/**
 * Removes a network. An engine under load can keep an endpoint of a container that is gone ("has active
 * endpoints"), and keeps it for good until it is disconnected from the network.
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
      // The endpoint is found by the container's id, or by its own name if there is no such container any more.
      for (const Container of new Set([id, Name ?? id]))
        await network.disconnect({ Container, Force: true }).catch(() => undefined);
    await network.remove();
  }
}

/** Repeats the request until the thing is gone, because another process may be removing it at the same time. */
async function gone(ask: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (isMissing(error)) return;
      if (Date.now() > deadline) throw notRemoved((error as Error).message);
    }
    await delay(50);
  }
}

const notRemoved = (why: string): LabError =>
  new LabError(
    'NOT_REMOVED',
    `the engine did not remove a part of the lab within ${patienceMs} ms (${why}); nimsfw down --all tries again`,
  );
