import { execFileSync, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { rangeOf, toNumber, toText } from '../../../kit/ipv4';
import { commandsIn, addressOf, type Node } from '../../cli/testing/running-lab';
import { packetsIn, startCli, temporaryFolder } from '../../testing/cli';
import { ownNamespaces } from '../../testing/places';
import { until } from '../../testing/processes';
import { engineClient } from './engine';
import { labels } from './owner';
import type { Attempts, Reached } from './testing/reach';

/**
 * The firewall under test is the only way out for a UE. The UE cannot reach the host by any of its addresses,
 * another access network, or anything outside the lab. This is tested behind type 0, whose firewall blocks
 * nothing, and behind type 8, where a proxy stands on the access network too.
 */

const folder = temporaryFolder();
const place = ownNamespaces();
const { nimsfw, inNode, nodes } = commandsIn(place);
const firewalls = ['0', '8'];
const docker = engineClient();

/** The program that runs in the nodes, as text, because the images contain no tests. */
const program = readFileSync(join(__dirname, 'testing/reach.js'), 'utf8');

async function reachFrom(ue: string, attempts: Attempts): Promise<Reached> {
  const { stdout, stderr, exitCode } = await inNode(ue, 'node', '-e', program, JSON.stringify(attempts));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as Reached;
}

/**
 * Lists every IPv4 address of this machine, also that of docker0, which Node does not list while docker0 is
 * unused.
 */
const hostAddresses = (): string[] =>
  [...execFileSync('ip', ['-o', '-4', 'address'], { encoding: 'utf8' }).matchAll(/ inet ([\d.]+)/g)]
    .map(([, ip]) => ip!)
    .filter((ip) => !ip.startsWith('127.'));

/** A server on all addresses of this machine, and the senders that it has heard. */
class Ear {
  readonly heard: string[] = [];
  private readonly tcp = createServer((socket) => {
    this.heard.push(`tcp ${socket.remoteAddress}`);
    socket.destroy();
  });
  private readonly udp = createSocket('udp4').on('message', (_data, { address }) =>
    this.heard.push(`udp ${address}`),
  );

  async listen(): Promise<number> {
    await once(this.tcp.listen(0, '0.0.0.0'), 'listening');
    const { port } = this.tcp.address() as { port: number };
    await new Promise<void>((resolve) => this.udp.bind(port, '0.0.0.0', resolve));
    return port;
  }

  sendTo(ip: string, port: number): void {
    this.udp.send('from the host', port, ip);
  }

  close(): void {
    this.tcp.close();
    this.udp.close();
  }
}

describe('a lab in containers', () => {
  const ear = new Ear();
  let port: number;
  let all: Node[];
  /** Addresses of the host, and of gateways that the engine gives its networks. */
  let ofTheHost: string[];
  const reached: Record<string, Reached> = {};
  const captures: Record<string, { file: string; process: ChildProcess }> = {};

  const accessOf = (id: string): string => `access-${id}`;
  const ownAddress = (id: string): string => addressOf(all, `ue-${id}`, accessOf(id));

  const neighbourhood = (id: string): string[] => {
    const own = ownAddress(id);
    const { first, last } = rangeOf(`${own}/24`);
    return Array.from({ length: last - first - 1 }, (_, index) => toText(first + 1 + index)).filter(
      (ip) => ip !== own,
    );
  };

  /** Lists the ends in the lab and outside that a UE behind this firewall should not reach. */
  const elsewhere = (id: string): { ip: string; port: number }[] =>
    [
      // The UEs of other access networks, and the inside of their firewalls.
      ...firewalls
        .filter((other) => other !== id)
        .flatMap((other) => [ownAddress(other), addressOf(all, `fw-${other}`, accessOf(other))]),
      // The IMS core, which only the P-CSCF meets, and the SCC AS and the HSS behind it.
      ...['ims-core', 'scc-as', 'hss'].map((id) => addressOf(all, id, 'core')),
      // An address outside the lab that nobody has (RFC 5737).
      '198.51.100.1',
    ].flatMap((ip) => [443, 5060].map((at) => ({ ip, port: at })));

  /** Tries everything at once, because most of it is waiting in vain, while a capture runs at the firewall. */
  async function tryEverything(id: string): Promise<void> {
    const file = join(folder, `${id}.pcap`);
    const capture = startCli(['capture', `fw-${id}:${accessOf(id)}`, '-w', file], { place });
    captures[id] = { file, process: capture };
    let told = '';
    capture.stderr!.on('data', (chunk: Buffer) => (told += chunk.toString()));
    await until(() => told.includes('listening on'), 'the capture to listen');
    reached[id] = await reachFrom(`ue-${id}`, {
      ends: [
        ...ofTheHost.map((ip) => ({ ip, port })),
        ...neighbourhood(id).map((ip) => ({ ip, port: 9 })),
        ...elsewhere(id),
      ],
      // ARP asks three times at intervals of a second, and then reports EHOSTUNREACH.
      withinMs: 5000,
      name: 'outside.example',
    });
  }

  beforeAll(async () => {
    const up = await nimsfw(['up', '--backend', 'docker', '--firewall', firewalls.join(',')]);
    expect(up).toMatchObject({ exitCode: 0, stderr: '' });
    all = await nodes();
    port = await ear.listen();
    const networks = await docker.listNetworks();
    const gateways = networks.flatMap(({ IPAM }) =>
      (IPAM?.Config ?? []).flatMap((at) => at['Gateway'] ?? []),
    );
    ofTheHost = [...new Set([...hostAddresses(), ...gateways])].filter((ip) => !ip.includes(':'));
    await Promise.all(firewalls.map(tryEverything));
  });
  afterAll(async () => {
    ear.close();
    expect(await nimsfw(['down'])).toMatchObject({ exitCode: 0, stderr: '' });
  });

  describe('the host', () => {
    test('hears nothing of the UEs', () => {
      for (const id of firewalls) {
        // The gateway of the UE's own network is the firewall, which refuses. Packets without a route are
        // reported or dropped.
        const outcomes = ofTheHost.map((ip) => reached[id]!.connections[`${ip}:${port}`]);
        expect(outcomes).not.toContain('connected');
        expect(outcomes).not.toContain(undefined);
      }
      expect(ear.heard).toEqual([]);
    });

    test('hears itself at all these addresses, docker0 among them', async () => {
      const addresses = hostAddresses();
      const [bridge] = (await docker.getNetwork('bridge').inspect()).IPAM?.Config ?? [];
      const { first, last } = rangeOf(bridge!.Subnet!);
      expect(addresses.some((ip) => first <= toNumber(ip) && toNumber(ip) <= last)).toBe(true);
      expect(ofTheHost).toEqual(expect.arrayContaining(addresses));
      for (const address of addresses) {
        await once(connect(port, address), 'connect');
        ear.sendTo(address, port);
      }
      const heardBy = (protocol: string): number =>
        ear.heard.filter((line) => line.startsWith(protocol)).length;
      await until(
        () => heardBy('tcp') >= addresses.length && heardBy('udp') >= addresses.length,
        'the connections and datagrams',
      );
    });

    test('has no address on a network of the lab', async () => {
      const networks = await docker.listNetworks({ filters: { label: [labels.lab] } });
      const subnets = networks.flatMap(({ IPAM }) =>
        (IPAM?.Config ?? []).map(({ Subnet }) => rangeOf(Subnet!)),
      );
      expect(subnets).toHaveLength(2 + firewalls.length);
      const inside = hostAddresses().filter((ip) =>
        subnets.some(({ first, last }) => first <= toNumber(ip) && toNumber(ip) <= last),
      );
      expect(inside).toEqual([]);
    });
  });

  describe.each(firewalls)('the UE behind %s', (id) => {
    test('has no neighbour but the firewall, and the proxy where there is one', () => {
      const expected = all
        .filter((node) => node.id !== `ue-${id}`)
        .flatMap(({ addresses }) =>
          addresses.filter(({ network }) => network === accessOf(id)).map(({ ip }) => ip),
        );
      expect(reached[id]!.neighbours).toEqual(expected.sort());
      expect(expected).toHaveLength(id === '8' ? 2 : 1);
    });

    test('reaches nothing elsewhere, and all that it sends there comes to the firewall', async () => {
      const ends = elsewhere(id);
      const outcomes = ends.map((end) => reached[id]!.connections[`${end.ip}:${end.port}`]);
      expect(outcomes).not.toContain('connected');
      expect(outcomes).not.toContain(undefined);
      const { file, process: capture } = captures[id]!;
      const missing = (): string[] => {
        if (statSync(file).size === 0) return ['everything'];
        const seen = packetsIn(file);
        return ends.flatMap((end) => {
          const tcp = new RegExp(`IP ${ownAddress(id)}\\.\\d+ > ${end.ip}\\.${end.port}: Flags \\[S\\]`);
          return tcp.test(seen) ? [] : [`${end.ip}:${end.port}`];
        });
      };
      await until(() => missing().length === 0, 'every packet at the firewall');
      capture.kill('SIGINT');
      await once(capture, 'close');
    });

    test('asks no name server but itself for the names of the world', () => {
      const { lookup, askedOfItself } = reached[id]!;
      expect(lookup).toMatch(/^E/);
      // The engine's resolver forwards unknown names to 127.0.0.1 of the container, where they end.
      expect(askedOfItself.filter((query) => query.includes('\x07outside\x07example'))).not.toEqual([]);
    });

    test('has one route out, by the firewall', () => {
      const { routes } = reached[id]!;
      const firewall = addressOf(all, `fw-${id}`, accessOf(id));
      expect(routes.filter((line) => line.startsWith('default'))).toEqual([
        expect.stringMatching(
          new RegExp(`^default via ${firewall.replaceAll('.', '\\.')} dev \\S+ *$`),
        ) as string,
      ]);
      expect(routes).toHaveLength(2);
    });
  });

  describe('privileges', () => {
    /** Capabilities by their bits (linux/capability.h). */
    const bits: Readonly<Record<string, bigint>> = { SETGID: 6n, NET_ADMIN: 12n, NET_RAW: 13n };
    const mask = (names: readonly string[]): bigint =>
      names.reduce((sum, name) => sum | (1n << bits[name]!), 0n);

    test('no container is privileged or has anything of the host, the socket of the engine least of all', async () => {
      const containers = await docker.listContainers({ filters: { label: [labels.lab] } });
      expect(containers.length).toBeGreaterThanOrEqual(all.length);
      for (const { Id } of containers) {
        const { Name, HostConfig, Mounts } = await docker.getContainer(Id).inspect();
        const { Privileged, PidMode, Binds, Devices, ReadonlyRootfs } = HostConfig;
        expect({
          Name,
          ...{ Privileged, PidMode, Binds, ReadonlyRootfs },
          devices: Devices ?? [],
          mounts: Mounts.filter(({ Type }) => Type !== 'tmpfs'),
        }).toEqual({
          Name,
          Privileged: false,
          PidMode: '',
          Binds: null,
          devices: [],
          ReadonlyRootfs: true,
          mounts: [],
        });
      }
    });

    // The kernel tells the capabilities of each first process, so that nothing has to run inside.
    test.each<[string, readonly string[]]>([
      ['firewall', ['NET_ADMIN', 'NET_RAW', 'SETGID']],
      ['others', []],
    ])(
      'what runs in a node (%s) has no other capability than %j, no way to new ones, and no socket',
      async (who, allowed) => {
        const asked = all.filter(({ kind }) => (kind === 'firewall') === (who === 'firewall'));
        expect(asked).not.toEqual([]);
        for (const { id } of asked) {
          const [container, ...more] = await docker.listContainers({
            filters: { label: [`${labels.node}=${id}`] },
          });
          expect(more).toEqual([]);
          const { Pid } = (await docker.getContainer(container!.Id).inspect()).State;
          const status = readFileSync(`/proc/${Pid}/status`, 'utf8');
          const field = (name: string): string =>
            new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '';
          expect({ id, bounding: BigInt(`0x${field('CapBnd')}`) }).toEqual({ id, bounding: mask(allowed) });
          expect({ id, new: field('NoNewPrivs') }).toEqual({ id, new: '1' });
          const inside = `/proc/${Pid}/root`;
          expect(readlinkSync(join(inside, 'var/run'))).toBe('/run');
          expect(readdirSync(join(inside, 'run')).filter((name) => name.startsWith('docker'))).toEqual([]);
        }
      },
    );
  });
});
