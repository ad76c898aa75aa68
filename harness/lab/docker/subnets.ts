import { readFileSync } from 'node:fs';
import type Docker from 'dockerode';
import { overlap } from '../../../kit/ipv4';
import { LabError } from '../lab-error';
import { readRoutes } from './link-routes';
import { labels, pidOf } from './owner';

/** A subnet that somebody has. */
export interface TakenSubnet {
  readonly subnet: string;
  /** Who, as the message says it. */
  readonly holder: string;
  readonly remedy: string;
}

/**
 * Looks whether the lab's subnets are free: on a network of the engine, and among the routes of this machine (another
 * network on such a subnet cuts the machine off from what lies there).
 *
 * @param subnets CIDRs
 * @throws LabError `SUBNET_IN_USE`
 */
export async function requireFreeSubnets(docker: Docker, subnets: readonly string[]): Promise<void> {
  const taken = [
    ...takenByNetworks(await docker.listNetworks()),
    ...takenByRoutes(routesOfThisMachine(docker)),
  ];
  const found = firstTaken(subnets, taken);
  if (found) throw found;
}

/** The error for the first of the subnets that somebody has. */
export function firstTaken(subnets: readonly string[], taken: readonly TakenSubnet[]): LabError | undefined {
  for (const subnet of subnets) {
    const by = taken.find((one) => overlap(one.subnet, subnet));
    if (by)
      return new LabError(
        'SUBNET_IN_USE',
        `the lab needs ${subnet}, but ${by.holder} has ${by.subnet}; ${by.remedy}`,
      );
  }
  return undefined;
}

/** What Docker's networks have. */
export function takenByNetworks(networks: readonly Docker.NetworkInspectInfo[]): TakenSubnet[] {
  return networks.flatMap(({ Name, IPAM, Labels }) => {
    const owner = Labels?.[labels.owner];
    const composed = Labels?.['com.docker.compose.project'];
    const freeing =
      composed === undefined
        ? `docker network rm ${Name}`
        : `docker-compose -p ${composed} --profile all down -v`;
    const [holder, remedy] =
      owner === undefined
        ? [`the Docker network ${Name}`, `${freeing} frees it, or run on --backend netns`]
        : [
            `the lab of process ${pidOf(owner)}`,
            'end it (nimsfw down, if it is the one that nimsfw up keeps), or run on --backend netns',
          ];
    return (IPAM?.Config ?? []).flatMap(({ Subnet }) =>
      Subnet && !Subnet.includes(':') ? [{ subnet: Subnet, holder, remedy }] : [],
    );
  });
}

/** What this machine has routes to. @param text of `/proc/net/route` */
export function takenByRoutes(text: string): TakenSubnet[] {
  return readRoutes(text).map(({ device, subnet }) => ({
    subnet,
    holder: `this machine's interface ${device}`,
    remedy: `take ${device} down if it is a leftover, or run on --backend netns`,
  }));
}

/** The routes of this machine say nothing about an engine on another one. */
function routesOfThisMachine(docker: Docker): string {
  const { socketPath } = docker.modem as { socketPath?: unknown };
  return socketPath === undefined ? '' : readFileSync('/proc/net/route', 'utf8');
}
