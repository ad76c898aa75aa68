import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { engineClient } from '../../../harness/lab/docker/engine';
import { labels } from '../../../harness/lab/docker/owner';
import { labThings, nothing, volumes } from '../../../harness/lab/docker/testing/things';
import { cli, resultIn, temporaryFolder, verdictsOf } from '../../../harness/testing/cli';
import { until } from '../../../harness/testing/processes';

/** Boxes of somebody else's in a lab of containers: an image and a command, as docs/boxes.md says. */

const folder = temporaryFolder();
const source = join(__dirname, '../../../..', 'examples/box/vendor-turn');
const docker = engineClient();
const image = 'vendor/turn:test';

/** A web proxy as a command, in the image of the lab's own: it does what it is told, and logs where nobody looks. */
const proxy = `#!/bin/sh
cat >"$NIMSFW_FOLDER/vendor.conf" <<END
http_port $NIMSFW_ADDRESS:$NIMSFW_PORT
acl tunnels port $NIMSFW_CONNECT_PORTS
http_access deny !CONNECT
http_access allow tunnels
http_access deny all
visible_hostname vendor
pid_filename none
access_log none
cache_log /dev/null
END
exec squid -N -f "$NIMSFW_FOLDER/vendor.conf"
`;

/** Waits for the container of the image, and returns what the engine knows of it. */
async function inspectGuest(): Promise<Docker.ContainerInspectInfo> {
  const filters = { label: [labels.lab], ancestor: [image] };
  const found: Docker.ContainerInfo[] = [];
  const isThere = async (): Promise<boolean> => found.push(...(await docker.listContainers({ filters }))) > 0;
  await until(isThere, 'the container of the image', 60_000);
  return docker.getContainer(found[0]!.Id).inspect();
}

beforeAll(() => {
  execFileSync('docker', ['build', '-q', '-t', image, source], { stdio: 'pipe' });
  // The container's user may be any, and has to get at the command.
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'proxy.sh'), proxy, { mode: 0o755 });
  writeFileSync(join(folder, 'nimsfw.yaml'), `turn: { image: ${image} }\nproxy: { command: ./proxy.sh }\n`);
});
beforeEach(async () => expect(await labThings()).toEqual(nothing));

test('an image and a command are measured, confined meanwhile, and gone afterwards', async () => {
  const before = await volumes();
  const out = join(folder, 'out');
  const boxes = ['--lab', join(folder, 'nimsfw.yaml')];
  const lab = ['relay', '--firewall', '0,8', '--suite', 'aes', '--backend', 'docker'];
  const [{ HostConfig, Mounts, Config }, { exitCode, stderr }] = await Promise.all([
    inspectGuest(),
    cli(['run', ...lab, ...boxes, '--out', out]),
  ]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(HostConfig).toMatchObject({
    ...{ CapDrop: ['ALL'], CapAdd: [], SecurityOpt: ['no-new-privileges'], ReadonlyRootfs: true },
    ...{ Privileged: false, PidMode: '', Binds: null },
    ...{ Memory: 536_870_912, MemorySwap: 536_870_912, PidsLimit: 256 },
    NetworkMode: expect.stringMatching(/^container:/) as string,
  });
  expect(Mounts.map(({ Type, Destination }) => [Type, Destination])).toEqual([
    ['volume', '/run/nimsfw/turn'],
  ]);
  expect(Config.User).toBe('turnserver');
  // Type 0 lets everything through, and type 8 nothing but tunnels that its proxy opens to port 443.
  const ways = ['2-udp:3478', '2-tcp:3478', '2-tls:5349', '3-tcp:80', '3-tls:443'];
  expect(verdictsOf(resultIn(out))).toEqual({
    ...Object.fromEntries(ways.map((way) => [`0/relay/aes/${way}`, 'passed'])),
    ...Object.fromEntries(ways.map((way) => [`8/relay/aes/${way}`, 'blocked'])),
    '8/relay/aes/3-connect:443': 'passed',
  });
  const stood = resultIn(out).run.boxes?.filter(({ isReference }) => !isReference);
  expect(stood).toEqual([
    expect.objectContaining({ place: 'turn', image, digest: expect.stringMatching(/^sha256:/) as string }),
    expect.objectContaining({ place: 'proxy', command: './proxy.sh' }),
  ]);
  // It could write to its folder, and its output is the node's log.
  const log = readFileSync(join(out, 'nodes/turn.log'), 'utf8');
  expect(log).toContain('pid file created: /run/nimsfw/turn/turnserver.pid');
  expect(await labThings()).toEqual(nothing);
  expect(await volumes()).toEqual(before);
});

test('an image that is not there is one line', async () => {
  const args = ['relay', '--firewall', '0', '--backend', 'docker', '--turn', 'vendor/none:1'];
  expect(await cli(['run', ...args, '--out', join(folder, 'none')])).toEqual({
    exitCode: 3,
    stdout: '',
    stderr:
      'nimsfw: the engine has no image vendor/none:1, which is to stand at turn; docker pull vendor/none:1, or correct the name [IMAGE_MISSING]\n',
  });
});
