import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { builtInCatalogue } from '../../../../firewalls/catalogue';
import { accessAddresses } from '../../access-network';
import { topologyFor } from '../../../../nodes/topology-for';
import { installation } from '../../../../nodes/installation';
import { composeFile } from './compose-file';

const path = resolve(installation, 'docker-compose.yml');
const text = composeFile(builtInCatalogue);

test('docker-compose.yml is what the sources say (UPDATE_DOCS=1 npx jest dist/harness/lab/docker/compose/compose-file writes it)', () => {
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, text);
  expect(readFileSync(path, 'utf8')).toBe(text);
});

interface ComposeService {
  readonly image: string;
  readonly user?: string;
  readonly profiles?: readonly string[];
  readonly cap_drop: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt: readonly string[];
  readonly read_only: boolean;
  readonly network_mode?: string;
  readonly networks?: Readonly<Record<string, { readonly ipv4_address: string }>>;
  readonly volumes?: readonly string[];
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

interface ComposeNetwork {
  readonly driver_opts: Readonly<Record<string, string>>;
  readonly ipam: { readonly config: readonly { readonly subnet: string; readonly gateway: string }[] };
}

/** The file is read as YAML 1.1, as docker-compose 1.29 reads it. */
const file = parse(text, { version: '1.1', merge: true, maxAliasCount: -1 }) as {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, ComposeNetwork>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(file.services);
const topology = topologyFor(builtInCatalogue, builtInCatalogue);

describe('what a service may', () => {
  test.each(services)(
    '%s drops all capabilities, gains none, and cannot write to its image',
    (_, service) => {
      expect(service.cap_drop).toEqual(['ALL']);
      expect(service.security_opt).toEqual(['no-new-privileges']);
      expect(service.read_only).toBe(true);
      // These options of Compose would undo all of that, or lead out of the container.
      for (const key of [
        'privileged',
        'pid',
        'ipc',
        'userns_mode',
        'devices',
        'ports',
        'volumes_from',
        'cgroup_parent',
      ])
        expect(service).not.toHaveProperty(key);
    },
  );

  test('only firewalls and what sets routes have capabilities, and nothing but the network they are on', () => {
    const withSome = services.filter(([, { cap_add = [] }]) => cap_add.length > 0);
    for (const [name, { cap_add }] of withSome) {
      // NET_ADMIN is for rules, addresses and routes, NET_RAW for tcpdump's sockets, SETGID for tcpdump, which
      // sets its groups.
      if (name.startsWith('fw-')) expect(cap_add).toEqual(['NET_ADMIN', 'NET_RAW', 'SETGID']);
      else expect([name, cap_add]).toEqual([expect.stringMatching(/^routes-/), ['NET_ADMIN']]);
    }
    expect(withSome.filter(([name]) => name.startsWith('fw-'))).toHaveLength(builtInCatalogue.length);
  });

  test('volumes are named ones; a node sees its own, read-only, and only setup sees them all', () => {
    for (const [name, { volumes = [] }] of services) {
      if (name === 'setup') continue;
      const own = name === 'ready' ? 'peer' : name;
      expect([name, volumes]).toEqual([name, name.startsWith('routes-') ? [] : [`${own}:/etc/nimsfw:ro`]]);
    }
    const ofSetup = file.services['setup']!.volumes!.map((volume) => volume.split(':')[0]);
    expect(ofSetup).toEqual(Object.keys(file.volumes));
    expect(new Set(ofSetup)).toEqual(new Set(['secrets', ...topology.nodes.map(({ id }) => id)]));
    expect(file.services['setup']!.network_mode).toBe('none');
  });

  test('only root by number where it has to be, and everything as a number, since a name is looked up in the image', () => {
    const root = services.filter(([, { user }]) => user === '0:0').map(([name]) => name);
    expect(root.filter((name) => !/^(?:fw|routes)-/.test(name))).toEqual(['setup']);
    for (const [, { user }] of services) expect(user ?? '10001:10001').toMatch(/^\d+:\d+$/);
  });

  test('only firewalls forward', () => {
    for (const [name, { sysctls }] of services)
      if (sysctls)
        expect([name, sysctls['net.ipv4.ip_forward']]).toEqual([name, name.startsWith('fw-') ? '1' : '0']);
  });
});

describe('networks', () => {
  test.each(Object.entries(file.networks))('%s: nothing of the host is on it', (_, { driver_opts }) => {
    expect(driver_opts['com.docker.network.bridge.inhibit_ipv4']).toBe('true');
    expect(driver_opts['com.docker.network.bridge.enable_ip_masquerade']).toBe('false');
  });

  test('are those of the topology, and every node is on the same ones as there', () => {
    const subnets = Object.entries(file.networks).map(([id, { ipam }]) => ({
      id,
      subnet: ipam.config[0]!.subnet,
    }));
    expect(subnets).toEqual(topology.networks);
    for (const { id, interfaces } of topology.nodes)
      expect([id, Object.keys(file.services[id]!.networks!).sort()]).toEqual([
        id,
        interfaces.map(({ network }) => network).sort(),
      ]);
  });

  test('the way out of an access network leads to its firewall', () => {
    for (const { id } of builtInCatalogue)
      expect(file.networks[`access-${id}`]!.ipam.config[0]!.gateway).toBe(
        accessAddresses(topology, id).firewallInside,
      );
  });
});

describe('profiles', () => {
  const inProfile = (wanted: string): string[] =>
    services.filter(([, { profiles = [] }]) => profiles.includes(wanted)).map(([name]) => name);

  test('each firewall has one, with its UE and proxy, and each is in "all"', () => {
    const numbered = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'].map((id) => [`type-${id}`, id]);
    const expected = [...numbered, ['closed', 'closed'], ['intercepting', 'intercepting']] as [
      string,
      string,
    ][];
    for (const [profile, id] of expected) {
      const withProxy = ['8', '9', 'intercepting'].includes(id) ? [`proxy-${id}`] : [];
      expect([profile, inProfile(profile).sort()]).toEqual([
        profile,
        [`fw-${id}`, ...withProxy, `ue-${id}`].sort(),
      ]);
    }
    const all = new Set(services.flatMap(([, { profiles = [] }]) => profiles));
    expect(all).toEqual(new Set([...expected.map(([profile]) => profile), 'all']));
    expect(inProfile('all')).toEqual(services.filter(([, { profiles }]) => profiles).map(([name]) => name));
  });

  test('nothing needs a service of a profile that it is not in itself', () => {
    for (const [name, { profiles = [], depends_on = {}, network_mode = '' }] of services) {
      const needed = [
        ...Object.keys(depends_on),
        ...(network_mode.startsWith('service:') ? [network_mode.slice(8)] : []),
      ];
      for (const other of needed)
        expect([name, other, file.services[other]!.profiles ?? profiles]).toEqual([name, other, profiles]);
    }
  });

  test('nothing of a node starts before setup has given it its files', () => {
    for (const { id } of topology.nodes)
      expect(file.services[id]!.depends_on!['setup']).toEqual({
        condition: 'service_completed_successfully',
      });
  });
});

test('every image has a variable of its own, and no registry is asked for what we call ours', () => {
  for (const [, service] of services) {
    expect(service.image).toMatch(/^\$\{NIMSFW_[A-Z_]+_IMAGE:-nimsfw\/[a-z-]+:\d+\.\d+\.\d+\}$/);
    expect(service).toHaveProperty('pull_policy', 'never');
  }
});
