import type Docker from 'dockerode';
import type { Box, Limits } from '../../../nodes/box';
import { firewallNode } from '../../../nodes/firewall/firewall';
import { usualLimits } from '../limits';
import { labels } from './owner';
import { takingOrders } from './shell';
import { routeCommands, type NodePlan } from './wiring';
import type { LabImage } from './images';

/** The identity of a run, which all its containers and networks carry. */
export interface RunIdentity {
  /** Random, unique. */
  readonly id: string;
  /** The process of the run. */
  readonly owner: string;
}

/** The line by which a container tells that its addresses and routes are right. */
export const standingLine = 'nimsfw: standing';

/**
 * The box whose image sets routes, captures, and makes security associations beside other nodes. A firewall has all programs
 * and rights that this needs.
 */
export const helper = firewallNode;

/** The rights of a container that captures beside a node, where no others are asked for. */
export const helperCapabilities = helper.capabilities ?? [];

/** The rights of a container that sets the routes of a node. */
export const routingCapabilities = ['NET_ADMIN'];

/** Says whether a box's own container may set its addresses and routes. */
export const setsOwnRoutes = ({ capabilities = [] }: Pick<Box, 'capabilities'>): boolean =>
  capabilities.includes('NET_ADMIN');

/** Says whether a box's own container may capture. */
export const mayCapture = ({ capabilities = [] }: Pick<Box, 'capabilities'>): boolean =>
  capabilities.includes('NET_RAW');

/** Returns the labels of a container or network of a run. */
export function labelsOf(
  run: RunIdentity,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { [labels.lab]: '', [labels.run]: run.id, [labels.owner]: run.owner, ...more };
}

/** Returns the name of a container or network, for people; programs use the labels. */
export const nameOf = (run: RunIdentity, id: string): string => `nimsfw-${run.id}-${id}`;

/**
 * Bytes of a node's folder that somebody else's image shares. The memory of the containers does not count what is in it
 * until they touch it, so it has a limit of its own.
 */
const sharedBytes = 64 * 1024 ** 2;

/**
 * Returns the node's folder as a volume in memory. The container of somebody else's image has it from the node's, and its
 * user, who may be any, may write to it. It is gone with the last container that has it.
 */
const sharedFolder = (node: string): Docker.MountSettings => ({
  Type: 'volume',
  // An anonymous volume.
  Source: '',
  Target: folderOf(node),
  VolumeOptions: {
    NoCopy: true,
    Labels: {},
    DriverConfig: {
      Name: 'local',
      Options: { type: 'tmpfs', device: 'tmpfs', o: `size=${sharedBytes},mode=1777` },
    },
  },
});

/** Returns the folder of a node as its programs see it. */
export const folderOf = (node: string): string => `/run/nimsfw/${node}`;

/**
 * Returns the options of a node's container. It first prints which interface has which subnet
 * (`/proc/net/route`), then {@link standingLine}. Then it takes orders ({@link takingOrders}) until one of them
 * starts the node's own program.
 *
 * The container has a read-only root file system, only the capabilities for which the box has a reason, no new
 * privileges and no name server: 127.0.0.1 is the container itself.
 *
 * @param box the box of the node
 * @param names name to address, for `/etc/hosts`
 * @param resolver address of the DNS server that is asked for other names; by default nobody answers
 */
export function nodeContainer(
  run: RunIdentity,
  node: NodePlan,
  box: Pick<Box, 'capabilities' | 'limits' | 'outside'>,
  image: Pick<LabImage, 'reference' | 'user'>,
  names: Readonly<Record<string, string>>,
  resolver = '127.0.0.1',
): Docker.ContainerCreateOptions {
  const { spec, attachments } = node;
  const own = `uid=${image.user.uid},gid=${image.user.gid},mode=0700`;
  const [first] = attachments;
  const ownCommands = setsOwnRoutes(box) ? routeCommands(node) : [];
  const isShared = box.outside?.from === 'image';
  return {
    name: nameOf(run, spec.id),
    Hostname: spec.id,
    Image: image.reference,
    Labels: labelsOf(run, { [labels.node]: spec.id }),
    ...withStreams,
    Entrypoint: script(...ownCommands, 'cat /proc/net/route', `echo '${standingLine}'`, takingOrders),
    Cmd: [],
    NetworkingConfig: first
      ? { EndpointsConfig: { [nameOf(run, first.network)]: endpoint(first.given) } }
      : { EndpointsConfig: {} },
    HostConfig: {
      ...confined(box.capabilities ?? [], box.limits),
      // A command of the user's finds its own files, and cannot change them.
      ...(box.outside?.from === 'command'
        ? { Binds: [`${box.outside.folder}:${box.outside.folder}:ro`] }
        : {}),
      ...(isShared ? { Mounts: [sharedFolder(spec.id)] } : {}),
      NetworkMode: first ? nameOf(run, first.network) : 'none',
      Dns: [resolver],
      ExtraHosts: Object.entries(names).map(([name, ip]) => `${name}:${ip}`),
      Tmpfs: {
        // The engine gives these folders the owner and mode that they have in the image, whatever the options
        // say.
        '/run': '',
        '/tmp': '',
        '/var/log': '',
        ...(isShared ? {} : { [folderOf(spec.id)]: own }),
      },
      Sysctls: {
        // A new network namespace inherits the host's setting, which Docker sets to 1.
        'net.ipv4.ip_forward': spec.forwards ? '1' : '0',
        'net.ipv4.ip_unprivileged_port_start': '0',
        'net.ipv6.conf.all.disable_ipv6': '1',
        'net.ipv6.conf.default.disable_ipv6': '1',
      },
    },
  };
}

/**
 * Returns the options of a container in the network of a node. It has rights that the node's programs lack, and
 * sets the node's routes, captures its packets, or makes its security associations.
 *
 * @param container the id of the node's container
 * @param argv its command
 * @param capabilities those that it has
 */
export function besideContainer(
  run: RunIdentity,
  id: string,
  container: string,
  image: LabImage['reference'],
  argv: readonly string[],
  capabilities: readonly string[],
): Docker.ContainerCreateOptions {
  return {
    name: nameOf(run, id),
    Image: image,
    Labels: labelsOf(run),
    ...withStreams,
    Entrypoint: [...argv],
    Cmd: [],
    HostConfig: {
      ...confined(capabilities),
      NetworkMode: `container:${container}`,
      Tmpfs: { '/run': '', '/tmp': '' },
    },
  };
}

/**
 * Returns the options of a container of somebody else's image in the network of a node. It has the rights and limits of
 * the box, and the node's folder.
 *
 * @param container the id of the node's container
 * @param argv its command; that of the image if it is empty
 */
export function guestContainer(
  run: RunIdentity,
  node: string,
  container: string,
  { capabilities = [], limits }: Pick<Box, 'capabilities' | 'limits'>,
  { reference, argv, environment }: Guest,
): Docker.ContainerCreateOptions {
  return {
    name: nameOf(run, `${node}-guest`),
    Image: reference,
    Labels: labelsOf(run),
    ...withStreams,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...(argv.length > 0 ? { Entrypoint: [...argv], Cmd: [] } : {}),
    HostConfig: {
      ...confined(capabilities, limits),
      NetworkMode: `container:${container}`,
      Tmpfs: { '/run': '', '/tmp': '', '/var/log': '' },
      VolumesFrom: [container],
    },
  };
}

/** What runs in the container of somebody else's image. */
export interface Guest {
  readonly reference: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Returns the settings that attach a container with a given address. */
export const endpoint = (ip: string): Docker.EndpointSettings => ({ IPAMConfig: { IPv4Address: ip } });

/**
 * Returns the options of a network. The host has no address on it, and no packet is translated, since there is
 * no way out of it.
 */
export function networkOptions(
  run: RunIdentity,
  { id, subnet, gateway }: { readonly id: string; readonly subnet: string; readonly gateway: string },
): Docker.NetworkCreateOptions {
  return {
    Name: nameOf(run, id),
    Driver: 'bridge',
    Labels: labelsOf(run, { [labels.network]: id }),
    IPAM: { Driver: 'default', Config: [{ Subnet: subnet, Gateway: gateway }] },
    Options: {
      // The host has no address on the bridge. (`internal` would do that too, but it drops what a firewall forwards.)
      'com.docker.network.bridge.inhibit_ipv4': 'true',
      'com.docker.network.bridge.enable_ip_masquerade': 'false',
    },
  };
}

/**
 * Returns the restrictions of every container of the lab.
 *
 * @param added capabilities that the container needs nevertheless
 * @param limits its limits, if they differ from the usual ones
 */
export const confined = (
  added: readonly string[],
  { memory, processes }: Limits = usualLimits,
): Docker.HostConfig => ({
  CapDrop: ['ALL'],
  CapAdd: [...added],
  SecurityOpt: ['no-new-privileges'],
  ReadonlyRootfs: true,
  Memory: memory,
  // The container gets no swap in addition.
  MemorySwap: memory,
  PidsLimit: processes,
  // An init process has to collect the zombies of the node's programs.
  Init: true,
  // The lab reads the streams itself. A log on a busy disk would make a program wait that says something.
  LogConfig: { Type: 'none', Config: {} },
});

/** The lab holds the streams, so the input ends when the lab is gone. */
const withStreams = {
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
  OpenStdin: true,
  StdinOnce: true,
};

/** Returns the argv that runs shell commands until one fails. */
export const script = (...commands: readonly string[]): string[] => ['sh', '-ec', commands.join('\n')];
