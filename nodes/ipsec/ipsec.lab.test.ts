import { once } from 'node:events';
import { startNetwork, Topo, type Host, type Network } from 'mininet-ts-bridge';
import { programFile } from '../installation';
import { seal } from './esp-packet';
import { protocols } from './ip-packet';
import type { Listing, SecurityAssociationSet } from './protocol';
import { saKeys } from './sa-keys';
import { End } from './testing/end';
import { combinations, seenByOther, setBetween } from './testing/sets';

/** A UE and a P-CSCF on both sides of a router. */
const [ue, pcscf, outside] = ['10.78.1.2', '10.78.2.2', '10.78.2.1'] as const;
const deadlineMs = 5000;
/** How long an answer is awaited that cannot come. */
const silenceMs = 400;

let network: Network;
let one: End;
let other: End;

const startOn =
  (host: Host) =>
  (argv: readonly string[]): ReturnType<Host['spawn']> =>
    host.spawn(argv, { cwd: '/run' });

beforeAll(async () => {
  network = await startNetwork(
    new Topo()
      .switch('s1')
      .switch('s2')
      .host('ue', { routes: [{ to: 'default', via: '10.78.1.1' }] })
      .host('fw', { forwards: true })
      .host('pcscf', { routes: [{ to: 'default', via: outside }] })
      .link({ node: 'ue', ip: `${ue}/24` }, 's1')
      .link({ node: 'fw', ip: '10.78.1.1/24' }, 's1')
      .link({ node: 'fw', ip: `${outside}/24` }, 's2')
      .link({ node: 'pcscf', ip: `${pcscf}/24` }, 's2'),
  );
  [one, other] = await Promise.all([
    End.start(startOn(network.host('ue')), ue, '/run/ue.sock', 'userspace'),
    End.start(startOn(network.host('pcscf')), pcscf, '/run/pcscf.sock', 'userspace'),
  ]);
});
afterAll(() => network.stop());

let latest = 0;

/** Makes a set at both ends. @param told what the P-CSCF is told otherwise than the UE */
async function agree(
  described: Partial<SecurityAssociationSet> = {},
  told: Partial<SecurityAssociationSet> = {},
): Promise<SecurityAssociationSet> {
  const set = setBetween(ue, pcscf, (latest += 1), described);
  await one.open(set);
  await other.open({ ...seenByOther(set), ...told });
  return set;
}

const atPcscf = async ({ name }: SecurityAssociationSet): Promise<Listing['sets'][number]> =>
  (await other.list()).sets.find((set) => set.name === name)!;

/** Sends ESP as a stranger could, or somebody who has recorded it, in the UE's network. */
const sendEsp = (packet: Buffer): Promise<unknown> =>
  network
    .host('ue')
    .run([
      'perl',
      '-e',
      `socket(S, 2, 3, 50); send(S, pack("H*", "${packet.toString('hex')}"), 0, pack("S n C4 x8", 2, 0, ${pcscf.split('.').join(',')}))`,
    ]);

async function until<T>(look: () => Promise<T> | T, isThere: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (isThere(seen) || Date.now() > deadline) return seen;
  }
}

/** A UDP datagram between the protected ports of a set, sealed by whoever has its keys. */
function sealed(set: SecurityAssociationSet, sequence: number): Buffer {
  const datagram = Buffer.alloc(12);
  datagram.writeUInt16BE(set.self.clientPort, 0);
  datagram.writeUInt16BE(set.other.serverPort, 2);
  datagram.writeUInt16BE(datagram.length, 4);
  const content = { payload: datagram, nextHeader: protocols.udp };
  return seal(saKeys(set), set.other.serverSpi, sequence, content);
}

test.each(combinations)(
  'UDP, datagrams in fragments and TCP pass both ways: $mode, $integrity, $encryption',
  async (described) => {
    const set = await agree(described);
    for (const [end, its] of [
      [one, set],
      [other, seenByOther(set)],
    ] as const) {
      expect(await end.ask(its, 'udp', 10)).toBe(true);
      expect(await end.ask(its, 'udp', 20_000)).toBe(true);
      expect(await end.ask(its, 'tcp', 100_000)).toBe(true);
    }
    const { in: into, out } = await atPcscf(set);
    for (const { packets } of [...into, ...out]) expect(packets).toBeGreaterThan(4);
    for (const { badIcv, replayed, badInnerChecksum } of into)
      expect([badIcv, replayed, badInnerChecksum]).toEqual([0, 0, 0]);
  },
);

test('between the ends there is nothing but ESP', async () => {
  const capture = network
    .host('fw')
    .spawn(['tcpdump', '--immediate-mode', '-nnli', network.host('fw').interfaceOf('10.78.1.1'), 'ip']);
  await once(capture.stderr, 'data');
  let seen = '';
  capture.stdout.on('data', (text: Buffer) => (seen += text.toString()));
  const set = await agree();
  expect(await one.ask(set, 'udp', 5000)).toBe(true);
  expect(await one.ask(set, 'tcp', 5000)).toBe(true);
  await until(
    () => seen,
    (text) => text.includes('ESP'),
  );
  await capture.stop();
  const lines = seen.trim().split('\n');
  expect(lines.filter((line) => !/ESP\(spi=|ip-proto-50/.test(line))).toEqual([]);
});

test('a replayed packet, a wrong ICV and an unknown SPI are counted and told, and nothing of them passes', async () => {
  const set = await agree();
  const before = await other.list();
  const packet = sealed(set, 7);
  const forged = Buffer.from(sealed(set, 8));
  forged[forged.length - 1]! ^= 1;
  const unknown = Buffer.from(packet);
  unknown.writeUInt32BE(0xabcdef, 0);
  for (const one of [packet, packet, forged, unknown]) await sendEsp(one);
  const now = await until(
    () => other.list(),
    ({ unknownSpi }) => unknownSpi > before.unknownSpi,
  );
  expect(now.unknownSpi).toBe(before.unknownSpi + 1);
  expect((await atPcscf(set)).in[0]).toMatchObject({
    packets: 1,
    badIcv: 1,
    replayed: 1,
    badInnerChecksum: 0,
  });
  const spi = `0x0000${set.other.serverSpi.toString(16)}`;
  expect(other.said).toEqual(
    expect.arrayContaining([
      `ipsec: dropped ESP with SPI ${spi} from ${ue}: replayed (sequence number 7)`,
      `ipsec: dropped ESP with SPI ${spi} from ${ue}: wrong ICV (sequence number 8)`,
      `ipsec: dropped ESP with SPI 0x00abcdef from ${ue}: unknown SPI`,
    ]),
  );
});

test('when the lifetime of a set is over its packets are of an unknown SPI, unless it was extended', async () => {
  const [ends, lives] = [
    await agree({}, { lifetimeSeconds: 0.3 }),
    await agree({}, { lifetimeSeconds: 0.3 }),
  ];
  await other.order({ do: 'extend', name: lives.name, seconds: 600 });
  await until(
    () => atPcscf(ends),
    (set) => set === undefined,
  );
  expect(await one.ask(lives, 'udp', 10)).toBe(true);
  const before = await other.list();
  expect(await one.ask(ends, 'udp', 10, silenceMs)).toBe(false);
  expect((await other.list()).unknownSpi).toBe(before.unknownSpi + 1);
  await expect(other.order({ do: 'remove', name: ends.name })).rejects.toThrow(
    `there is no set ${ends.name}; it was never added, was removed, or its lifetime is over`,
  );
});

test('what was sent before a set is removed arrives', async () => {
  const [sets, datagrams] = [20, 3];
  for (let count = 0; count < sets; count++) {
    const set = await agree();
    await one.order({ do: 'leave', set, datagrams });
    const [toServer] = (
      await until(
        () => atPcscf(set),
        ({ in: [inbound] }) => inbound!.packets >= datagrams,
      )
    ).in;
    expect(toServer).toMatchObject({ spi: set.other.serverSpi, packets: datagrams, badIcv: 0 });
  }
});

test('a protected port takes nothing in the clear', async () => {
  const set = await agree();
  expect(await one.ask(set, 'udp', 10)).toBe(true);
  // Without its set, the UE sends in the clear from the same port.
  await one.order({ do: 'remove', name: set.name });
  expect(await one.ask(set, 'udp', 10, silenceMs)).toBe(false);
  expect(await one.ask(set, 'tcp', 10, silenceMs)).toBe(false);
  expect((await atPcscf(set)).in.map(({ packets }) => packets)).toEqual([1, 0]);
});

describe('behind an NAPT', () => {
  const nat = `table ip nat {
  chain post {
    type nat hook postrouting priority 100;
    ip saddr ${ue} masquerade
  }
}
`;
  beforeAll(() => network.host('fw').run(['nft', '-f', '-'], { input: nat }));
  afterAll(() => network.host('fw').run(['nft', 'delete', 'table', 'ip', 'nat']));

  test('transport mode fails: the packets are authentic, and the kernel refuses their checksums', async () => {
    const set = await agree();
    const before = await other.list();
    expect(await one.ask(set, 'udp', 10, silenceMs)).toBe(false);
    expect((await atPcscf(set)).in[0]).toMatchObject({ packets: 1, badIcv: 0, badInnerChecksum: 1 });
    expect((await other.list()).udpChecksumErrors).toBe(before.udpChecksumErrors + 1);
    const spi = `0x0000${set.other.serverSpi.toString(16)}`;
    expect(other.said).toContain(
      `ipsec: dropped ESP with SPI ${spi} from ${outside}: its checksum inside is not that of its addresses; the kernel refuses it`,
    );
  });

  test('UDP-enc-tun passes, and answers go to where the UE was seen', async () => {
    const set = await agree({ mode: 'UDP-enc-tun', outer: { ip: pcscf, port: 4500 } }, { outer: undefined });
    expect(await one.ask(set, 'udp', 10)).toBe(true);
    expect(await one.ask(set, 'udp', 20_000)).toBe(true);
    expect(await one.ask(set, 'tcp', 100_000)).toBe(true);
    expect((await atPcscf(set)).outer?.ip).toBe(outside);
    expect(await other.ask(seenByOther(set), 'udp', 10)).toBe(true);
  });
});

describe('nothing is left', () => {
  const rules = async (): Promise<string> => network.host('fw').run(['ip', 'rule', 'show']);
  const devices = async (): Promise<string> => network.host('fw').run(['ip', '-o', 'link', 'show']);
  const start = (): Promise<End> =>
    End.start(startOn(network.host('fw')), '10.78.1.1', '/run/fw.sock', 'userspace');

  test.each(['SIGTERM', 'SIGKILL'] as const)('after %s', async (signal) => {
    const before = { rules: await rules(), devices: await devices() };
    const end = await start();
    await end.open(setBetween('10.78.1.1', ue, 500));
    expect(await rules()).not.toBe(before.rules);
    expect(await devices()).toContain('nimsfw-esp');
    end.ipsec.kill(signal);
    expect(await until(rules, (text) => text === before.rules)).toBe(before.rules);
    expect(await until(devices, (text) => text === before.devices)).toBe(before.devices);
    await end.stop();
  });

  test('by the next start, if what removes it was killed too', async () => {
    const before = await rules();
    const end = await start();
    await end.open(setBetween('10.78.1.1', ue, 501));
    end.ipsec.kill('SIGSTOP');
    const bridge = await network
      .host('fw')
      .run(['sh', '-c', 'ss -0pnH | sed -n "s/.*nimsfw-esp-end.*pid=\\([0-9]*\\).*/\\1/p"']);
    await network.host('fw').run(['kill', '-KILL', bridge.trim()]);
    end.ipsec.kill('SIGKILL');
    await end.stop();
    expect(await rules()).not.toBe(before);
    await (await start()).stop();
    expect(await rules()).toBe(before);
  });
});

describe('a start that cannot be', () => {
  const argv = (...args: string[]): string[] => [process.execPath, programFile('ipsec'), ...args];

  test.each([
    [
      ['--address', '192.0.2.1', '--socket', '/run/x.sock'],
      'ipsec: address 192.0.2.1: Cannot assign requested address; give --address one that this node has\n',
    ],
    [
      ['--socket', '/run/x.sock'],
      'ipsec: usage: ipsec --address IPV4 [--address IPV4 ...] --socket FILE [--maker kernel|userspace]\n',
    ],
    [
      ['--address', ue, '--socket', '/run/x.sock'],
      'ipsec: another program ipsec runs in this network; end it first\n',
    ],
  ])('ends with one line: %s', async (args, line) => {
    const host = network.host(args.includes(ue) ? 'ue' : 'fw');
    expect(await host.exec(argv(...args, ...(args.length > 2 ? ['--maker', 'userspace'] : [])))).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: line,
    });
  });
});
