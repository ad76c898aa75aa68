import { readFileSync } from 'node:fs';
import type Docker from 'dockerode';
import { overlap } from '../../../kit/ipv4';
import { LabError } from '../lab-error';
import { readRoutes } from './link-routes';
import { labels, pidOf } from './owner';

/** A subnet that is in use. */
export interface TakenSubnet {
  readonly subnet: string;
  /** The name of its user in the message. */
  readonly holder: string;
  readonly remedy: string;
}

/**
 * Requires that the lab's subnets are free in the engine's networks and in the routes of this machine. Another
 * network on such a subnet would cut the machine off from the hosts there.
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

/** Returns the error for the first of the subnets that is in use. */
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

/** Returns the subnets of Docker's networks. */
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

/** Returns the subnets to which this machine has routes. @param text of `/proc/net/route` */
export function takenByRoutes(text: string): TakenSubnet[] {
  return readRoutes(text).map(({ device, subnet }) => ({
    subnet,
    holder: `this machine's interface ${device}`,
    remedy: `take ${device} down if it is a leftover, or run on --backend netns`,
  }));
}

/** Reads the routes of this machine, unless the engine is on another machine, where they mean nothing. */
function routesOfThisMachine(docker: Docker): string {
  const { socketPath } = docker.modem as { socketPath?: unknown };
  return socketPath === undefined ? '' : readFileSync('/proc/net/route', 'utf8');
}
