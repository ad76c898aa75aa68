import { builtInCatalogue } from '../../../firewalls/catalogue';
import { builtInBoxes } from '../../../nodes';
import { topologyFor } from '../../../nodes/topology-for';
import { imageBox } from '../../../nodes/outside/image-box';
import { ipsecCompanion } from '../../../nodes/ipsec/companion';
import {
  besideContainer,
  guestContainer,
  helperCapabilities,
  labelsOf,
  networkOptions,
  nodeContainer,
  routingCapabilities,
} from './containers';
import type { LabImage } from './images';
import { planWiring } from './wiring';

/** Every container of the default lab has the least privilege. */

const run = { id: '01234567', owner: '1:2:3:boot' };
const image: LabImage = {
  reference: 'nimsfw/any:1',
  digest: 'sha256:0',
  user: { uid: 10001, gid: 10002 },
  versions: {},
  size: 0,
};
const wiring = planWiring(topologyFor(builtInCatalogue, builtInCatalogue));
const names = { 'pcscf.example': '198.19.0.10' };

const nodes = wiring.nodes.map((plan) => ({ id: plan.spec.id, kind: plan.spec.kind, plan }));
const containers = [
  ...nodes.map(({ id, kind, plan }) => ({
    id,
    kind,
    options: nodeContainer(run, plan, builtInBoxes.of(kind), image, names),
  })),
  ...Object.entries({
    capture: helperCapabilities,
    routes: routingCapabilities,
    ipsec: ipsecCompanion(['198.19.0.10']).capabilities!,
  }).map(([kind, capabilities]) => ({
    id: `${kind} beside a node`,
    kind,
    options: besideContainer(run, 'beside', 'c0ffee', 'nimsfw/firewall:1', [], capabilities),
  })),
];

/** The capabilities of containers that have any. */
const capabilitiesOf: Readonly<Record<string, readonly string[]>> = {
  firewall: ['NET_ADMIN', 'NET_RAW', 'SETGID'],
  capture: ['NET_ADMIN', 'NET_RAW', 'SETGID'],
  routes: ['NET_ADMIN'],
  ipsec: ['NET_ADMIN', 'NET_RAW'],
};

/**
 * All options that a container of the lab may have. Options that are missing here would open a way out:
 * `Privileged`, `Binds`, `Mounts`, `VolumesFrom` (the engine's socket), `Devices`, `PidMode`, `IpcMode`,
 * `UTSMode`, `UsernsMode`, `PortBindings`, `PublishAllPorts`, `Links`, `DnsSearch`, `ExtraHosts` to the host.
 */
const allowed = new Set([
  ...['CapDrop', 'CapAdd', 'SecurityOpt', 'ReadonlyRootfs', 'Init', 'LogConfig'],
  ...['Memory', 'MemorySwap', 'PidsLimit'],
  ...['NetworkMode', 'Dns', 'ExtraHosts', 'Tmpfs', 'Sysctls'],
]);

describe.each(containers)('$id', ({ kind, options }) => {
  const { HostConfig: host = {} } = options;

  test('asks nothing of the host that the lab has no reason for', () => {
    expect(Object.keys(host).filter((name) => !allowed.has(name))).toEqual([]);
    expect(Object.keys(options).filter((name) => ['Volumes', 'ExposedPorts', 'User'].includes(name))).toEqual(
      [],
    );
  });

  test('has no capability but those that its work takes', () => {
    expect(host.CapDrop).toEqual(['ALL']);
    expect(host.CapAdd).toEqual(capabilitiesOf[kind] ?? []);
    expect(host.SecurityOpt).toEqual(['no-new-privileges']);
  });

  test('cannot write to its root file system, and what it can write to is in memory', () => {
    expect(host.ReadonlyRootfs).toBe(true);
    // A container that grows without end is stopped before it takes the machine with it.
    expect(host).toMatchObject({ Memory: 536_870_912, MemorySwap: 536_870_912, PidsLimit: 256 });
    for (const folder of Object.keys(host.Tmpfs ?? {})) expect(folder).toMatch(/^\/(run|tmp|var\/log)/);
  });

  test("is found by the run's labels", () => {
    expect(options.Labels).toMatchObject(labelsOf(run));
  });
});

describe.each(nodes)('$id', ({ id, kind, plan }) => {
  const { HostConfig: host = {}, NetworkingConfig } = nodeContainer(
    run,
    plan,
    builtInBoxes.of(kind),
    image,
    names,
  );

  test('is on a network of the run, at an address of our choice, with no name server', () => {
    const [first] = plan.attachments;
    expect(host.NetworkMode).toBe(`nimsfw-01234567-${first!.network}`);
    expect(NetworkingConfig?.EndpointsConfig).toEqual({
      [host.NetworkMode!]: { IPAMConfig: { IPv4Address: first!.given } },
    });
    expect(host.Dns).toEqual(['127.0.0.1']);
    expect(host.ExtraHosts).toEqual(['pcscf.example:198.19.0.10']);
  });

  test('forwards only where it is a firewall, and speaks no IPv6', () => {
    expect(host.Sysctls).toMatchObject({
      'net.ipv4.ip_forward': kind === 'firewall' ? '1' : '0',
      'net.ipv6.conf.all.disable_ipv6': '1',
      'net.ipv6.conf.default.disable_ipv6': '1',
    });
  });

  test('has a folder that is its own', () => {
    expect((host.Tmpfs as Record<string, string>)[`/run/nimsfw/${id}`]).toBe('uid=10001,gid=10002,mode=0700');
  });
});

describe("somebody else's image", () => {
  const box = imageBox('turn', 'vendor/turn:1');
  const { plan } = nodes.find(({ kind }) => kind === 'turn')!;
  const guest = { reference: 'vendor/turn:1', argv: [], environment: { NIMSFW_ADDRESS: '198.19.0.30' } };
  const { HostConfig: host = {}, ...options } = guestContainer(run, 'turn', 'c0ffee', box, guest);

  test('runs as it is, confined as any other, in the network of the node', () => {
    expect(options).toMatchObject({ Image: 'vendor/turn:1', Env: ['NIMSFW_ADDRESS=198.19.0.30'] });
    expect(Object.keys(options).filter((name) => ['Cmd', 'Entrypoint', 'User'].includes(name))).toEqual([]);
    expect(Object.keys(host).filter((name) => !allowed.has(name))).toEqual(['VolumesFrom']);
    expect(host).toMatchObject({
      ...{ CapDrop: ['ALL'], CapAdd: [], SecurityOpt: ['no-new-privileges'], ReadonlyRootfs: true },
      ...{ Memory: 536_870_912, MemorySwap: 536_870_912, PidsLimit: 256 },
      NetworkMode: 'container:c0ffee',
    });
  });

  test('has the folder of the node, and nothing of the host: it is in memory and has no name', () => {
    expect(host.VolumesFrom).toEqual(['c0ffee']);
    const { HostConfig: ofNode = {} } = nodeContainer(run, plan, box, image, names);
    expect(ofNode.Binds).toBeUndefined();
    expect(ofNode.Mounts).toEqual([
      expect.objectContaining({
        ...{ Type: 'volume', Source: '', Target: '/run/nimsfw/turn' },
        VolumeOptions: expect.objectContaining({
          DriverConfig: {
            Name: 'local',
            Options: { type: 'tmpfs', device: 'tmpfs', o: 'size=67108864,mode=1777' },
          },
        }) as unknown,
      }),
    ]);
    expect(Object.keys(ofNode.Tmpfs as object)).not.toContain('/run/nimsfw/turn');
  });
});

test('what stands beside a node is in its network and in no other', () => {
  const { HostConfig: host } = besideContainer(run, 'beside', 'c0ffee', 'nimsfw/firewall:1', [], []);
  expect(host?.NetworkMode).toBe('container:c0ffee');
});

test.each(wiring.networks)('$id: the host has no address on it and translates nothing', (network) => {
  expect(networkOptions(run, network)).toEqual({
    Name: `nimsfw-01234567-${network.id}`,
    Driver: 'bridge',
    Labels: { ...labelsOf(run), 'nimsfw.network': network.id },
    IPAM: { Driver: 'default', Config: [{ Subnet: network.subnet, Gateway: network.gateway }] },
    Options: {
      'com.docker.network.bridge.inhibit_ipv4': 'true',
      'com.docker.network.bridge.enable_ip_masquerade': 'false',
    },
  });
});
