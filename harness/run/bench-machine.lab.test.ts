import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, resultIn, temporaryFolder } from '../testing/cli';
import { ownNamespaces } from '../testing/places';

/**
 * A machine on the bench: a router that stands in a namespace of the test's own, outside of the lab. It is wired to two
 * interfaces of the machine that runs the lab, and knows nothing of the lab but its addresses there.
 */

const folder = temporaryFolder();
const place = ownNamespaces();

/** A router that drops UDP, with the addresses of fw-5; its wires end in bench0 and bench1. */
const router = `set -e
unshare --net sh -ec '
  for port in 0 1; do ip link add "port$port" type veth peer name "bench$port" netns '$$'; done
  ip address add 10.89.5.1/24 dev port0
  ip address add 198.19.1.15/16 dev port1
  ip link set port0 up
  ip link set port1 up
  echo 1 >/proc/sys/net/ipv4/ip_forward
  nft "add table ip own; add chain ip own f { type filter hook forward priority 0; }; add rule ip own f meta l4proto udp drop"
  nft "add chain ip own n { type nat hook postrouting priority 100; }; add rule ip own n oifname port1 masquerade"
  echo stands
  exec cat
'`;

let machine: ChildProcess;

beforeAll(async () => {
  machine = spawn(place[0]!, [...place.slice(1), 'sh', '-c', router], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(machine.stdout!, 'data');
});
afterAll(() => machine.stdin!.destroy());

it.each([
  [
    'an interface that is not there',
    'bench7, bench8',
    '5',
    'this machine has no interface bench7; look at ip -brief link',
  ],
  [
    'one interface where it takes two',
    'bench0',
    '5',
    'it stands on 2 networks (access, transit); name an interface for each, with a comma between',
  ],
  [
    'several networks',
    'lo, bench1',
    '5-6',
    'one machine cannot stand on 2 networks at once; choose one of 5, 6 with --firewall',
  ],
])('%s is told in one line', async (_, interfaces, firewalls, why) => {
  const file = join(folder, 'wrong.yaml');
  writeFileSync(file, `firewall: { interface: "${interfaces}" }\nmeasure: { firewalls: "${firewalls}" }\n`);
  const run = await cli(['run', '--lab', file, '--out', join(folder, 'wrong')], { place });
  expect(run).toMatchObject({ exitCode: 3 });
  expect(run.stderr).toBe(
    `nimsfw: the box at firewall, on interface ${interfaces.replace(', ', ' and ')}: ${why} [INTERFACE_NOT_USABLE]\n`,
  );
});

// The wires end with the lab, so this comes last.
it('a firewall on the bench is measured by what is seen on both sides of it', async () => {
  const file = join(folder, 'nimsfw.yaml');
  writeFileSync(
    file,
    'firewall: { interface: "bench0, bench1" }\nmeasure: { scenarios: [register], firewalls: 5, suites: [aes] }\n',
  );
  const out = join(folder, 'out');
  const run = await cli(['run', '--lab', file, '--out', out], { place });
  const { cells } = resultIn(out);
  // It lets 5060 and 5061 pass by TCP, which type 5 does not; so step 2 gets through by TLS, and is unexpected.
  expect(cells.flatMap(({ attempts }) => attempts.map(({ id, verdict }) => `${id} ${verdict}`))).toEqual([
    '5/register/aes/1-udp:5060 blocked',
    '5/register/aes/2-udp:5060 blocked',
    '5/register/aes/2-tls:5061 passed',
    '5/register/aes/3-tls:443 passed',
  ]);
  expect(cells[0]?.attempts[1]?.evidence).toContainEqual(
    expect.objectContaining({
      kind: 'vanished',
      decisive: true,
      missingIn: 'captures/5-firewall-outside.pcap',
    }),
  );
  expect(run.exitCode).toBe(1);
});
