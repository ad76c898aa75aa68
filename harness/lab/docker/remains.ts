import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Remains, Removed } from '../backend';
import { LabError } from '../lab-error';
import { inParallel } from '../../../kit/at-once';
import { isMissing } from './engine';
import { hasEnded, labels, pidOf } from './owner';

const networksAtOnce = 16;

/** Milliseconds that a removal is given. */
export interface Patience {
  /** For one thing. Half a minute was seen on a machine with twice the work it can do. */
  readonly goneMs: number;
  /** For a network where the engine counts an endpoint and lists none, as it does for a moment when one leaves. */
  readonly countedMs: number;
}

const usualPatience: Patience = { goneMs: 60_000, countedMs: 20_000 };

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

/**
 * Removes what {@link findRemains} finds.
 * @throws LabError `NOT_REMOVED`, `ENDPOINT_MISCOUNTED`
 */
export async function removeRemains(docker: Docker, patience = usualPatience): Promise<Removed> {
  const left = await findRemains(docker);
  const containers = left.flatMap((one) => one.containers);
  const networks = left.flatMap((one) => one.networks);
  return remove(docker, containers, networks, patience);
}

/**
 * Removes everything of one run, and looks whether that was all: on a busy machine a network was once there after everything
 * had been removed.
 * @throws LabError `NOT_REMOVED`, `ENDPOINT_MISCOUNTED`
 */
export async function removeRun(docker: Docker, run: string): Promise<void> {
  const filters = { label: [labels.lab, `${labels.run}=${run}`] };
  const deadline = Date.now() + usualPatience.goneMs;
  for (;;) {
    const [containers, networks] = await Promise.all([
      docker.listContainers({ all: true, filters }),
      docker.listNetworks({ filters }),
    ]);
    if (containers.length + networks.length === 0) return;
    if (Date.now() > deadline) throw notRemoved('it is there again and again', usualPatience);
    await remove(
      docker,
      containers.map(({ Id }) => Id),
      networks.map(({ Id }) => Id),
      usualPatience,
    );
  }
}

const runOf = (has: Readonly<Record<string, string>> | undefined): string => has?.[labels.run] ?? '';

/**
 * Removes the containers one after the other, then the networks. An engine before 28.1 keeps a count of a network's endpoints
 * beside their list, and loses it when many leave at once while somebody asks for networks: then it says "has
 * active endpoints" of a network without any, and never removes it. That was so for 4 of 27 networks from which
 * sixteen containers were taken at a time, and once for a lab that was removed two at a time. The whole lab takes 6.9 s to be removed in this way, and 5.6 s sixteen at a time.
 */
async function remove(
  docker: Docker,
  containers: readonly string[],
  networks: readonly string[],
  patience: Patience,
): Promise<Removed> {
  for (const id of containers)
    // `v` also removes a volume that an image asks for.
    await gone(() => docker.getContainer(id).remove({ force: true, v: true }), patience);
  await inParallel(networks, networksAtOnce, (id) => removeNetwork(docker.getNetwork(id), patience));
  return { containers: containers.length, networks: networks.length };
}

/**
 * Removes a network. An engine under load can keep an endpoint of a container that is gone ("has active
 * endpoints"), and keeps it for good until it is disconnected from the network.
 */
async function removeNetwork(network: Docker.Network, patience: Patience): Promise<void> {
  let listedAt = Date.now();
  await gone(async () => {
    try {
      await network.remove();
    } catch (error) {
      if (!/active endpoints/.test((error as Error).message)) throw error;
      const { name, listed } = await disconnectAll(network);
      if (listed > 0) listedAt = Date.now();
      else if (Date.now() - listedAt > patience.countedMs) throw miscounted(name);
      await network.remove();
    }
  }, patience);
}

/** Disconnects what the engine lists in a network. @returns the network's name, and how many endpoints these were */
async function disconnectAll(network: Docker.Network): Promise<{ name: string; listed: number }> {
  const { Name: name, Containers = {} } = (await network.inspect()) as {
    Name: string;
    Containers?: Record<string, { Name?: string }>;
  };
  const listed = Object.entries(Containers);
  for (const [id, { Name }] of listed)
    // The endpoint is found by the container's id, or by its own name if there is no such container any more.
    for (const Container of new Set([id, Name ?? id]))
      await network.disconnect({ Container, Force: true }).catch(() => undefined);
  return { name, listed: listed.length };
}

/** Repeats the request until the thing is gone, because another process may be removing it at the same time. */
async function gone(ask: () => Promise<unknown>, patience: Patience): Promise<void> {
  const deadline = Date.now() + patience.goneMs;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (isMissing(error)) return;
      if (error instanceof LabError) throw error;
      if (Date.now() > deadline) throw notRemoved((error as Error).message.trim(), patience);
    }
    await delay(50);
  }
}

const notRemoved = (why: string, { goneMs }: Patience): LabError =>
  new LabError(
    'NOT_REMOVED',
    `the engine did not remove a part of the lab within ${goneMs} ms (${why}); nimsfw down --all tries again`,
  );

const miscounted = (network: string): LabError =>
  new LabError(
    'ENDPOINT_MISCOUNTED',
    `the engine does not remove its network ${network}, since it counts a container there that it does not list (engines before 28.1 can do so); start the engine anew (systemctl restart docker), then nimsfw down --all`,
  );
