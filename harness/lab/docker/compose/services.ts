import type { Catalogue, Firewall } from '../../../../firewalls/catalogue';
import { builtInBoxes } from '../../../../nodes';
import type { Box, Boxes } from '../../../../nodes/box';
import { peer } from '../../../../nodes/peer/peer';
import type { RunSecrets } from '../../../../nodes/run-secrets';
import { namesOf } from '../../../../nodes/topology-for';
import { confined, nodeContainer, routingCapabilities, setsOwnRoutes } from '../containers';
import { userOf } from '../dockerfile';
import { releaseOf } from '../images';
import { planWiring, routeCommands, type NodePlan } from '../wiring';
import { configuredBox, labFacts, type ConfiguredBox } from './configured-box';
import { composeFolders, programInImage, startFile } from './layout';

/** A service of the Compose specification, with the properties that the lab uses. */
export type Service = Readonly<Record<string, unknown>>;

/** A service and the sort with which it shares properties. */
export interface SortedService {
  /** `core`, `routes`, or the kind of a box behind firewalls; undefined for a single service. */
  readonly sort?: string;
  readonly service: Service;
}

/** Takes the place of a run's identity, because Compose gives its own names and labels. */
export const ofCompose = { id: '', owner: '' };

/** The profile that starts everything. */
export const profileOfAll = 'all';

/** Returns the profile of one firewall with its UE and proxy: `type-6`, `closed`. */
export const profileOf = ({ id }: Pick<Firewall, 'id'>): string => (/^\d+$/.test(id) ? `type-${id}` : id);

const started = { condition: 'service_started' };
const healthy = { condition: 'service_healthy' };
const completed = { condition: 'service_completed_successfully' };

/** Empty secrets, because the compose file must contain none. */
const noSecrets: RunSecrets = {
  trustAnchor: '',
  certificates: new Proxy({}, { get: () => ({ certificate: '', privateKey: '' }) }),
  turnUser: { username: '', password: '' },
  proxyUser: { username: '', password: '' },
  proxyUserOfUe: { username: '', password: '' },
  passwordOf: () => '',
  cardOf: () => ({ k: '0'.repeat(32), opc: '0'.repeat(32), amf: '0'.repeat(4) }),
};

/** @param variable name, without its prefix, of the variable with which a user replaces the image */
const imageOf = (variable: string, { image }: Pick<Box, 'image'>): Service => ({
  image: `\${NIMSFW_${variable.toUpperCase().replaceAll('-', '_')}_IMAGE:-${releaseOf(image.name)}}`,
  // An image of this name on a registry is not the lab's.
  pull_policy: 'never',
});

/** The lab's own services, and the peer. */
const labImage = imageOf('lab', peer);

/** Returns the services of the whole lab by name; those of firewalls have profiles. */
export function servicesOf(
  catalogue: Catalogue,
  boxes: Boxes = builtInBoxes,
): ReadonlyMap<string, SortedService> {
  const facts = labFacts(catalogue, boxes, noSecrets);
  const names = namesOf(facts.topology, boxes);
  const all = planWiring(facts.topology).nodes.map((plan) => configuredBox(plan, facts, boxes));
  const core = all.filter(({ plan }) => plan.spec.firewall === undefined);
  const services = new Map<string, SortedService>();
  services.set('setup', { service: setupService(all) });
  for (const one of core)
    services.set(one.plan.spec.id, { sort: 'core', service: nodeService(one, names, {}) });
  for (const { plan } of core.filter(needsRoutes))
    services.set(routesName(plan), { sort: 'routes', service: routesService(plan) });
  services.set('ready', {
    service: readyService(core.filter(needsRoutes).map(({ plan }) => routesName(plan))),
  });
  for (const firewall of catalogue) {
    const there = all.filter(({ plan }) => plan.spec.firewall === firewall.id);
    const profiles = { profiles: [profileOf(firewall), profileOfAll] };
    for (const one of there) {
      const { id, kind } = one.plan.spec;
      const service = nodeService(one, names, dependenciesOf(one, there));
      services.set(id, { sort: kind, service: { ...service, ...profiles } });
    }
    for (const { plan } of there.filter(needsRoutes))
      services.set(routesName(plan), { sort: 'routes', service: { ...routesService(plan), ...profiles } });
  }
  return services;
}

/** Says whether another container has to set the routes of a box. */
const needsRoutes = ({ plan, box }: ConfiguredBox): boolean => !plan.isRouted && !setsOwnRoutes(box);

/** Makes a box that a user works in start after the services that it can use. */
function dependenciesOf({ box }: ConfiguredBox, there: readonly ConfiguredBox[]): Service {
  if (!box.alone?.idles) return {};
  return {
    ready: completed,
    ...Object.fromEntries(
      there
        .filter((other) => !other.box.alone?.idles)
        .map((other) => [other.plan.spec.id, listeningPort(other) === undefined ? started : healthy]),
    ),
  };
}

/**
 * Returns the port that shows by listening that a node behind a firewall is ready, if that is how the box shows
 * it.
 */
function listeningPort({ plan, box, config }: ConfiguredBox): number | undefined {
  const ready = box.ready(config);
  const isPort = plan.spec.firewall !== undefined && ready.by === 'probe' && ready.kind === 'tcp';
  return isPort ? ready.at.port : undefined;
}

function nodeService(
  one: ConfiguredBox,
  names: Readonly<Record<string, string>>,
  dependencies: Service,
): Service {
  const { plan, box, folder } = one;
  const { spec, attachments } = plan;
  const user = userOf(box.image);
  const { Hostname, HostConfig } = nodeContainer(ofCompose, plan, box, { user, reference: '' }, names);
  const port = listeningPort(one);
  return {
    ...(box.alone?.labImage ? labImage : imageOf(box.image.name, box)),
    hostname: Hostname,
    user: `${user.uid}:${user.gid}`,
    entrypoint: ['sh', '-e', `${composeFolders.given}/${startFile}`],
    working_dir: folder,
    ...(box.alone?.openInput ? { stdin_open: true } : {}),
    ...asCompose(HostConfig!),
    networks: Object.fromEntries(attachments.map(({ network, given }) => [network, { ipv4_address: given }])),
    volumes: [`${spec.id}:${composeFolders.given}:ro`],
    depends_on: { setup: completed, ...dependencies },
    ...(port === undefined
      ? {}
      : {
          healthcheck: {
            test: ['CMD-SHELL', `ss -Hltn sport = :${port} | grep -q .`],
            interval: '2s',
            timeout: '5s',
            retries: 10,
          },
        }),
  };
}

/** The engine keeps what a service says, since nobody else reads it; `docker-compose logs` shows it. */
const logging = { driver: 'local', options: { 'max-size': '1m', 'max-file': '1', compress: 'false' } };

/** The options of the backend's containers that Compose gets too; dockerode leaves some of them untyped. */
interface HostOptions {
  readonly CapDrop?: readonly string[];
  readonly CapAdd?: readonly string[];
  readonly SecurityOpt?: readonly string[];
  readonly ReadonlyRootfs?: boolean;
  readonly Memory?: number;
  readonly MemorySwap?: number;
  readonly PidsLimit?: number | null;
  readonly Init?: boolean;
  readonly Dns?: readonly string[];
  readonly ExtraHosts?: readonly string[];
  readonly Tmpfs?: Readonly<Record<string, string>>;
  readonly Sysctls?: Readonly<Record<string, string>>;
}

/** Returns these options in Compose's terms. */
function asCompose(host: HostOptions): Service {
  const { CapDrop, CapAdd, SecurityOpt, ReadonlyRootfs, Init, Dns, ExtraHosts, Tmpfs, Sysctls } = host;
  const { Memory, MemorySwap, PidsLimit } = host;
  const service = {
    cap_drop: CapDrop,
    cap_add: CapAdd,
    security_opt: SecurityOpt,
    read_only: ReadonlyRootfs,
    mem_limit: Memory,
    memswap_limit: MemorySwap,
    pids_limit: PidsLimit,
    init: Init,
    logging,
    dns: Dns,
    extra_hosts: ExtraHosts,
    tmpfs:
      Tmpfs &&
      Object.entries(Tmpfs as Record<string, string>).map(([at, how]) => (how ? `${at}:${how}` : at)),
    sysctls: Sysctls,
  };
  return Object.fromEntries(
    Object.entries(service).filter(([, value]) => value && (value as { length?: number }).length !== 0),
  );
}

/**
 * Returns the service `setup`. It is root without any capability; it owns the volumes and so may write to them.
 */
function setupService(nodes: readonly ConfiguredBox[]): Service {
  return {
    ...labImage,
    user: '0:0',
    command: ['node', programInImage('setup')],
    ...asCompose(confined([])),
    network_mode: 'none',
    volumes: [
      `secrets:${composeFolders.secrets}`,
      ...nodes.map(({ plan: { spec } }) => `${spec.id}:${composeFolders.nodes}/${spec.id}`),
    ],
  };
}

const routesName = ({ spec }: NodePlan): string => `routes-${spec.id}`;

/**
 * Returns the service that sets a node's routes from inside its network, so that the node itself needs no right
 * to do so.
 */
function routesService(plan: NodePlan): Service {
  return {
    ...labImage,
    user: '0:0',
    // Compose would replace variables by its own ones.
    command: ['sh', '-ec', routeCommands(plan).join('\n').replaceAll('$', '$$$$')],
    ...asCompose(confined(routingCapabilities)),
    network_mode: `service:${plan.spec.id}`,
    depends_on: { [plan.spec.id]: started },
  };
}

function readyService(routes: readonly string[]): Service {
  return {
    ...labImage,
    command: ['node', programInImage('ready'), `${composeFolders.given}/ue.json`],
    ...asCompose(confined([])),
    network_mode: `service:${peer.kind}`,
    volumes: [`${peer.kind}:${composeFolders.given}:ro`],
    depends_on: Object.fromEntries(routes.map((name) => [name, completed])),
  };
}
