import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { commandsIn, addressOf, type Node } from '../../cli/testing/running-lab';
import { finished, packetsIn, startCli, temporaryFolder } from '../../testing/cli';
import { ownNamespaces } from '../../testing/places';
import { until } from '../../testing/processes';
import { engineClient } from './engine';
import { rangeOf, toNumber, toText } from './ipv4';
import { labels } from './owner';
import type { Attempts, Reached } from './testing/reach';

/**
 * From a UE there is one way, and it is the firewall under test: not to the host by any of its addresses, not to another
 * access network, not out of the lab.
 */

const folder = temporaryFolder();
const place = ownNamespaces();
const { nimsfw, inNode, nodes } = commandsIn(place);
const firewalls = ['0', '6', '8', 'closed'];
const docker = engineClient();

/** What runs in the nodes, as text: the images have nothing of the tests. */
const program = readFileSync(join(__dirname, 'testing/reach.js'), 'utf8');

async function reachFrom(ue: string, attempts: Attempts): Promise<Reached> {
  const { stdout, stderr, exitCode } = await inNode(ue, 'node', '-e', program, JSON.stringify(attempts));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as Reached;
}

/** Every IPv4 address of this machine, docker0's among them, which Node does not tell while nobody is on it. */
const hostAddresses = (): string[] =>
  [...execFileSync('ip', ['-o', '-4', 'address'], { encoding: 'utf8' }).matchAll(/ inet ([\d.]+)/g)]
    .map(([, ip]) => ip!)
    .filter((ip) => !ip.startsWith('127.'));

describe('a lab in containers', () => {
  let all: Node[];

  beforeAll(async () => {
    const up = await nimsfw(['up', '--backend', 'docker', '--firewall', firewalls.join(',')]);
    expect(up).toMatchObject({ exitCode: 0, stderr: '' });
    all = await nodes();
  });
  afterAll(() => nimsfw(['down']));

  describe('the host', () => {
    /** A server on all addresses of this machine, and whom it has heard. */
    const heard: string[] = [];
    let port: number;
    const tcp = createServer((socket) => {
      heard.push(`tcp ${socket.remoteAddress}`);
      socket.destroy();
    });
    const udp = createSocket('udp4').on('message', (_data, { address }) => heard.push(`udp ${address}`));

    const order = (addresses: readonly string[]): Attempts => ({
      ends: addresses.map((ip) => ({ ip, port })),
      withinMs: 1500,
      name: 'outside.example',
    });

    beforeAll(async () => {
      tcp.listen(0, '0.0.0.0');
      await once(tcp, 'listening');
      port = (tcp.address() as { port: number }).port;
      await new Promise<void>((resolve) => udp.bind(port, '0.0.0.0', resolve));
    });
    afterAll(() => {
      tcp.close();
      udp.close();
    });

    test('answers at its own addresses when it asks itself, docker0 among them', async () => {
      const addresses = hostAddresses();
      const [bridge] = (await docker.getNetwork('bridge').inspect()).IPAM?.Config ?? [];
      const { first, last } = rangeOf(bridge!.Subnet!);
      expect(addresses.some((ip) => first <= toNumber(ip) && toNumber(ip) <= last)).toBe(true);
      for (const address of addresses) {
        await once(connect(port, address), 'connect');
        udp.send('from the host', port, address);
      }
      await until(
        () => heard.filter((line) => line.startsWith('udp')).length >= addresses.length,
        'the datagrams',
      );
      heard.length = 0;
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

    test.each(firewalls)('hears nothing of the UE behind %s', async (id) => {
      const networks = await docker.listNetworks();
      const gateways = networks.flatMap(({ IPAM }) =>
        (IPAM?.Config ?? []).flatMap((at) => at['Gateway'] ?? []),
      );
      const targets = [...new Set([...hostAddresses(), ...gateways])].filter((ip) => !ip.includes(':'));
      const { connections } = await reachFrom(`ue-${id}`, order(targets));
      // The gateway of the UE's own network is the firewall, which refuses; what it has no route to it tells, or drops.
      expect(Object.keys(connections)).toHaveLength(targets.length);
      expect(Object.values(connections)).not.toContain('connected');
      expect(heard).toEqual([]);
    });
  });

  describe.each(firewalls)('the UE behind %s', (id) => {
    const access = `access-${id}`;

    test('has no neighbour but the firewall, and the proxy where there is one', async () => {
      const own = addressOf(all, `ue-${id}`, access);
      const { first, last } = rangeOf(`${own}/24`);
      const everybody = Array.from({ length: last - first - 1 }, (_, index) => toText(first + 1 + index));
      const { neighbours } = await reachFrom(`ue-${id}`, {
        ends: everybody.filter((ip) => ip !== own).map((ip) => ({ ip, port: 9 })),
        // ARP asks three times, a second apart; then it says EHOSTUNREACH.
        withinMs: 5000,
        name: 'outside.example',
      });
      const expected = all
        .filter((node) => node.id !== `ue-${id}`)
        .flatMap(({ addresses }) =>
          addresses.filter(({ network }) => network === access).map(({ ip }) => ip),
        );
      expect(neighbours).toEqual(expected.sort());
      expect(expected).toHaveLength(id === '8' ? 2 : 1);
    });

    test('reaches nothing elsewhere, and all that it sends there comes to the firewall', async () => {
      const file = join(folder, `${id}.pcap`);
      const capture = startCli(['capture', `fw-${id}:${access}`, '-w', file], { place });
      let told = '';
      capture.stderr!.on('data', (chunk: Buffer) => (told += chunk.toString()));
      await until(() => told.includes('listening on'), 'the capture to listen');
      const others = firewalls.filter((other) => other !== id);
      const ends = [
        // The UEs of other access networks, and the inside of their firewalls.
        ...others.flatMap((other) => [
          addressOf(all, `ue-${other}`, `access-${other}`),
          addressOf(all, `fw-${other}`, `access-${other}`),
        ]),
        // The IMS core, which only the P-CSCF meets.
        addressOf(all, 'ims-core', 'core'),
        // The world (RFC 5737: nobody's).
        '198.51.100.1',
      ].flatMap((ip) => [443, 5060].map((port) => ({ ip, port })));
      const { connections } = await reachFrom(`ue-${id}`, { ends, withinMs: 1500, name: 'outside.example' });
      expect(Object.keys(connections)).toHaveLength(ends.length);
      expect(Object.values(connections)).not.toContain('connected');
      const own = addressOf(all, `ue-${id}`, access);
      const missing = (): string[] => {
        if (statSync(file).size === 0) return ['everything'];
        const seen = packetsIn(file);
        return ends.flatMap(({ ip, port }) => {
          const tcp = new RegExp(`IP ${own}\\.\\d+ > ${ip}\\.${port}: Flags \\[S\\]`);
          return tcp.test(seen) ? [] : [`${ip}:${port}`];
        });
      };
      await until(() => missing().length === 0, 'every packet at the firewall');
      capture.kill('SIGINT');
      await finished(capture);
    });

    test('asks no name server but itself for the names of the world', async () => {
      const { lookup, askedOfItself } = await reachFrom(`ue-${id}`, {
        ends: [],
        withinMs: 3000,
        name: 'outside.example',
      });
      expect(lookup).toMatch(/^E/);
      // The engine's resolver passes on what it does not know to 127.0.0.1 of the container: it ends here.
      expect(askedOfItself.filter((query) => query.includes('\x07outside\x07example'))).not.toEqual([]);
    });

    test('has one route out, by the firewall', async () => {
      const { stdout } = await inNode(`ue-${id}`, 'ip', 'route');
      const firewall = addressOf(all, `fw-${id}`, access);
      expect(stdout.split('\n').filter((line) => line.startsWith('default'))).toEqual([
        expect.stringMatching(
          new RegExp(`^default via ${firewall.replaceAll('.', '\\.')} dev \\S+ *$`),
        ) as string,
      ]);
      expect(stdout.trim().split('\n')).toHaveLength(2);
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

    test('what runs in a node has no capability but a firewall, no way to new ones, and no socket', async () => {
      for (const { id, kind } of all) {
        const { stdout } = await inNode(
          id,
          'sh',
          '-c',
          'cat /proc/1/status; ls -d /run/docker* /var/run/docker* 2>&1',
        );
        const field = (name: string): string =>
          new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(stdout)?.[1] ?? '';
        const allowed = kind === 'firewall' ? mask(['NET_ADMIN', 'NET_RAW', 'SETGID']) : 0n;
        expect({ id, bounding: BigInt(`0x${field('CapBnd')}`) }).toEqual({ id, bounding: allowed });
        expect({ id, new: field('NoNewPrivs') }).toEqual({ id, new: '1' });
        expect(stdout.match(/^ls: cannot access .*No such file or directory$/gm)).toHaveLength(2);
      }
    });
  });
});
