import type { Catalogue, Firewall } from '../../../../firewalls/catalogue';
import type { LabTopology } from '../../../../topologies/lab-topology';
import { namesOf, ports, topologyFor } from '../../configs';
import { confined, folderOf, nodeContainer } from '../containers';
import { dockerfileOf } from '../image-content';
import { imageOfKind, type ImageName } from '../image-definitions';
import { releaseOf } from '../images';
import { planWiring, routeCommands, type NodePlan } from '../wiring';
import { composeFolders, programInImage, startFile } from './layout';

/** A service as the Compose specification has it, as far as the lab uses it. */
export type Service = Readonly<Record<string, unknown>>;

/** Stands for a run, which has none of what Compose makes: Compose gives it names and labels of its own. */
export const ofCompose = { id: '', owner: '' };

/** Starts everything. */
export const profileOfAll = 'all';

/** The profile of one firewall with its UE and proxy: `type-6`, `closed`. */
export const profileOf = ({ id }: Pick<Firewall, 'id'>): string => (/^\d+$/.test(id) ? `type-${id}` : id);

const started = { condition: 'service_started' };
const healthy = { condition: 'service_healthy' };
const completed = { condition: 'service_completed_successfully' };

/** Which variable puts another image in the place of ours. `LAB`: the lab's own services, and the peer. */
const imageVariable = (name: ImageName | 'lab'): string =>
  `NIMSFW_${name.toUpperCase().replaceAll('-', '_')}_IMAGE`;

const imageOf = (name: ImageName | 'lab'): Service => ({
  image: `\${${imageVariable(name)}:-${releaseOf(name === 'lab' ? 'ue' : name)}}`,
  // Whoever has this name on a registry is not us.
  pull_policy: 'never',
});

/** The services of the whole lab, by name; those of firewalls have profiles. */
export function servicesOf(catalogue: Catalogue): ReadonlyMap<string, Service> {
  const topology = topologyFor(catalogue, catalogue);
  const plans = planWiring(topology).nodes;
  const services = new Map<string, Service>();
  services.set('setup', setupService(plans));
  const withRoutes = plans.filter(({ isRouted, spec }) => !isRouted && !spec.forwards);
  for (const plan of plans.filter(({ spec }) => !ofAccess(spec.id, catalogue)))
    services.set(plan.spec.id, nodeService(plan, topology, {}));
  for (const plan of withRoutes) services.set(routesName(plan), routesService(plan));
  services.set('ready', readyService(withRoutes.map(routesName)));
  for (const plan of plans) {
    const firewall = ofAccess(plan.spec.id, catalogue);
    if (firewall)
      services.set(plan.spec.id, {
        ...nodeService(plan, topology, dependenciesOf(plan, firewall)),
        profiles: [profileOf(firewall), profileOfAll],
      });
  }
  return services;
}

/** The firewall to whose access network a node belongs. */
function ofAccess(node: string, catalogue: Catalogue): Firewall | undefined {
  return catalogue.find(({ id }) => [`fw-${id}`, `ue-${id}`, `proxy-${id}`].includes(node));
}

function dependenciesOf({ spec }: NodePlan, { id, knobs }: Firewall): Service {
  if (spec.kind !== 'ue') return {};
  return {
    ready: completed,
    [`fw-${id}`]: started,
    ...(knobs.proxy === 'none' ? {} : { [`proxy-${id}`]: healthy }),
  };
}

function nodeService(plan: NodePlan, topology: LabTopology, dependencies: Service): Service {
  const { spec, attachments } = plan;
  const name = imageOfKind[spec.kind];
  const [uid, gid] = userOf(name);
  const { Hostname, HostConfig } = nodeContainer(
    ofCompose,
    plan,
    { user: { uid, gid }, reference: '', digest: '', versions: {}, size: 0 },
    namesOf(topology),
  );
  return {
    ...imageOf(spec.kind === 'peer' ? 'lab' : name),
    hostname: Hostname,
    user: `${uid}:${gid}`,
    entrypoint: ['sh', '-e', `${composeFolders.given}/${startFile}`],
    working_dir: folderOf(spec.id),
    // The UE's program ends when its input does.
    ...(spec.kind === 'peer' ? { stdin_open: true } : {}),
    ...asCompose(HostConfig!),
    networks: Object.fromEntries(attachments.map(({ network, given }) => [network, { ipv4_address: given }])),
    volumes: [`${spec.id}:${composeFolders.given}:ro`],
    depends_on: { setup: completed, ...dependencies },
    ...(spec.kind === 'proxy'
      ? {
          healthcheck: {
            test: ['CMD-SHELL', `ss -Hltn sport = :${ports.proxy} | grep -q .`],
            interval: '2s',
            timeout: '5s',
            retries: 10,
          },
        }
      : {}),
  };
}

/** What the backend asks the engine for, as far as Compose is to ask for it too; dockerode leaves some of it untyped. */
interface HostOptions {
  readonly CapDrop?: readonly string[];
  readonly CapAdd?: readonly string[];
  readonly SecurityOpt?: readonly string[];
  readonly ReadonlyRootfs?: boolean;
  readonly Memory?: number;
  readonly MemorySwap?: number;
  readonly PidsLimit?: number | null;
  readonly Init?: boolean;
  readonly LogConfig?: { readonly Type: string; readonly Config: unknown };
  readonly Dns?: readonly string[];
  readonly ExtraHosts?: readonly string[];
  readonly Tmpfs?: Readonly<Record<string, string>>;
  readonly Sysctls?: Readonly<Record<string, string>>;
}

/** The same in Compose's words. */
function asCompose(host: HostOptions): Service {
  const { CapDrop, CapAdd, SecurityOpt, ReadonlyRootfs, Init, LogConfig, Dns, ExtraHosts, Tmpfs, Sysctls } =
    host;
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
    logging: LogConfig && { driver: LogConfig.Type, options: LogConfig.Config },
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

/** Root without a single capability: it owns the volumes, and so may write to them. */
function setupService(plans: readonly NodePlan[]): Service {
  return {
    ...imageOf('lab'),
    user: '0:0',
    command: ['node', programInImage('setup')],
    ...asCompose(confined([])),
    network_mode: 'none',
    volumes: [
      `secrets:${composeFolders.secrets}`,
      ...plans.map(({ spec }) => `${spec.id}:${composeFolders.nodes}/${spec.id}`),
    ],
  };
}

const routesName = ({ spec }: NodePlan): string => `routes-${spec.id}`;

/** Sets a node's routes from inside its network, so that the node itself needs no right to. */
function routesService(plan: NodePlan): Service {
  return {
    ...imageOf('lab'),
    user: '0:0',
    // Compose would put variables of its own in.
    command: ['sh', '-ec', routeCommands(plan).join('\n').replaceAll('$', '$$$$')],
    ...asCompose(confined(['NET_ADMIN'])),
    network_mode: `service:${plan.spec.id}`,
    depends_on: { [plan.spec.id]: started },
  };
}

function readyService(routes: readonly string[]): Service {
  const peer = 'peer';
  return {
    ...imageOf('lab'),
    command: ['node', programInImage('ready'), `${composeFolders.given}/ue.json`],
    ...asCompose(confined([])),
    network_mode: `service:${peer}`,
    volumes: [`${peer}:${composeFolders.given}:ro`],
    depends_on: Object.fromEntries(routes.map((name) => [name, completed])),
  };
}

/** Whom an image's programs run as, by its Dockerfile; root where that says nothing. */
function userOf(name: ImageName): [uid: number, gid: number] {
  const [, uid = '0', gid = '0'] = /^USER (\d+):(\d+)$/m.exec(dockerfileOf(name)) ?? [];
  return [Number(uid), Number(gid)];
}
