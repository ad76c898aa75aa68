import { engineClient } from '../engine';
import { labels } from '../owner';

/** The parts of labs in Docker. */
export interface Things {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
}

export const nothing: Things = { containers: [], networks: [] };

/** Lists the names of all containers and networks with the lab's label. */
export async function labThings(): Promise<Things> {
  const docker = engineClient();
  const filters = { label: [labels.lab] };
  const [containers, networks] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
  ]);
  return {
    containers: containers.map(({ Names }) => Names[0]!.slice(1)).sort(),
    networks: networks.map(({ Name }) => Name).sort(),
  };
}

/** Lists the names of all volumes of the engine. Those that an image asks for have no label. */
export async function volumes(): Promise<string[]> {
  return (await engineClient().listVolumes()).Volumes.map(({ Name }) => Name).sort();
}
