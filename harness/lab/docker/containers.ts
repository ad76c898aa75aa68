import type Docker from 'dockerode';
import type { Box, Limits } from '../../../nodes/box';
import { firewallNode } from '../../../nodes/firewall/firewall';
import { labels } from './owner';
import { takingOrders } from './shell';
import { routeCommands, type NodePlan } from './wiring';
import type { LabImage } from './images';

/** What everything of one run has in common. */
export interface RunIdentity {
  /** Random, unique. */
  readonly id: string;
  /** The process that it belongs to. */
  readonly owner: string;
}

/** The line after which a container stands: its addresses and routes are right. */
export const standingLine = 'nimsfw: standing';

/** What sets routes beside other nodes, and captures: a firewall's image and rights have all that this takes. */
export const helper = firewallNode;

/** Whether a box's own container may set its addresses and routes. */
export const setsOwnRoutes = ({ capabilities = [] }: Pick<Box, 'capabilities'>): boolean =>
  capabilities.includes('NET_ADMIN');

/** Whether a box's own container may capture. */
export const mayCapture = ({ capabilities = [] }: Pick<Box, 'capabilities'>): boolean =>
  capabilities.includes('NET_RAW');

/** The labels of something that belongs to a run. */
export function labelsOf(
  run: RunIdentity,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { [labels.lab]: '', [labels.run]: run.id, [labels.owner]: run.owner, ...more };
}

/** The name of a container or network; for people, the labels are for programs. */
export const nameOf = (run: RunIdentity, id: string): string => `nimsfw-${run.id}-${id}`;

/** The folder of a node, as its programs see it. */
export const folderOf = (node: string): string => `/run/nimsfw/${node}`;

/**
 * The container of a node. Its first word is which interface has which subnet (`/proc/net/route`), the second
 * {@link standingLine}; then it takes orders ({@link takingOrders}), until one starts the node's own program.
 *
 * Root file system read-only, no capability unless the box has a reason for one, no new privileges, no name server:
 * 127.0.0.1 is the container itself.
 *
 * @param box what stands at the node
 * @param names name to address, for `/etc/hosts`
 */
export function nodeContainer(
  run: RunIdentity,
  node: NodePlan,
  box: Pick<Box, 'capabilities' | 'limits'>,
  image: Pick<LabImage, 'reference' | 'user'>,
  names: Readonly<Record<string, string>>,
): Docker.ContainerCreateOptions {
  const { spec, attachments } = node;
  const own = `uid=${image.user.uid},gid=${image.user.gid},mode=0700`;
  const [first] = attachments;
  const ownCommands = setsOwnRoutes(box) ? routeCommands(node) : [];
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
      NetworkMode: first ? nameOf(run, first.network) : 'none',
      Dns: ['127.0.0.1'],
      ExtraHosts: Object.entries(names).map(([name, ip]) => `${name}:${ip}`),
      Tmpfs: {
        // The engine gives these the owner and mode that they have in the image, whatever is said here.
        '/run': '',
        '/tmp': '',
        '/var/log': '',
        [folderOf(spec.id)]: own,
      },
      Sysctls: {
        // A new network namespace has the host's setting, which is 1 with Docker.
        'net.ipv4.ip_forward': spec.forwards ? '1' : '0',
        'net.ipv4.ip_unprivileged_port_start': '0',
        'net.ipv6.conf.all.disable_ipv6': '1',
        'net.ipv6.conf.default.disable_ipv6': '1',
      },
    },
  };
}

/**
 * A container in the network of a node, with the rights that the node's programs do without: it sets the node's routes,
 * or captures its packets.
 *
 * @param container the id of the node's container
 * @param argv what it does
 */
export function besideContainer(
  run: RunIdentity,
  id: string,
  container: string,
  image: LabImage['reference'],
  argv: readonly string[],
): Docker.ContainerCreateOptions {
  return {
    name: nameOf(run, id),
    Image: image,
    Labels: labelsOf(run),
    ...withStreams,
    Entrypoint: [...argv],
    Cmd: [],
    HostConfig: {
      ...confined(helper.capabilities ?? []),
      NetworkMode: `container:${container}`,
      Tmpfs: { '/run': '', '/tmp': '' },
    },
  };
}

/** How a container is attached with an address of our choice. */
export const endpoint = (ip: string): Docker.EndpointSettings => ({ IPAMConfig: { IPv4Address: ip } });

/** A network. Nobody of the host is on it, and nothing is translated on the way out of it, which there is none. */
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
 * What a container may take of the machine, in bytes and in threads; several times what any takes in a run. What grows without
 * end is stopped before it takes the machine with it.
 */
const most: Limits = { memory: 512 * 1024 ** 2, processes: 256 };

/**
 * What every container of the lab may not do.
 * @param added capabilities that it needs nevertheless
 * @param limits where they are others than everybody's
 */
export const confined = (
  added: readonly string[],
  { memory, processes }: Limits = most,
): Docker.HostConfig => ({
  CapDrop: ['ALL'],
  CapAdd: [...added],
  SecurityOpt: ['no-new-privileges'],
  ReadonlyRootfs: true,
  Memory: memory,
  // No swap beside it.
  MemorySwap: memory,
  PidsLimit: processes,
  // Something must collect what the node's programs leave behind.
  Init: true,
  LogConfig: { Type: 'local', Config: { 'max-size': '1m', 'max-file': '1', compress: 'false' } },
});

/** The lab holds them; without the lab the input ends. */
const withStreams = {
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
  OpenStdin: true,
  StdinOnce: true,
};

/** Shell commands as the argv that runs them until one fails. */
export const script = (...commands: readonly string[]): string[] => ['sh', '-ec', commands.join('\n')];
