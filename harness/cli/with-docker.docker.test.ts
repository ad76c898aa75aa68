import { join } from 'node:path';
import { finished, start } from '../testing/cli';
import { family, leftOf, until } from '../testing/processes';

/**
 * Tests `bin/with-docker.mjs` with a real engine. The engine has its own mount and network namespaces, where
 * the usual folders and the tables of the packet filter are empty, so that an engine of other users is not
 * touched.
 */

const withDocker = join(__dirname, '../../../bin/with-docker.mjs');

// A new network namespace can inherit the routing of a machine on which another engine runs, so it is switched
// off.
const prepare = [
  'mount -t tmpfs tmpfs /var/lib',
  'mkdir /var/lib/docker',
  'mount -t tmpfs tmpfs /run',
  'ip link set lo up',
  'echo 0 >/proc/sys/net/ipv4/ip_forward',
].join(' && ');

/**
 * Returns the beginning of a command line that runs a shell script there; in the script, `"$@"` begins the
 * command line of with-docker.
 */
const elsewhereRunning = (script: string): string[] => [
  ...['unshare', '--mount', '--net', 'sh', '-c', `${prepare} && ${script}`, 'sh'],
  ...[process.execPath, withDocker],
];
const elsewhere = elsewhereRunning('exec "$@"');

/** A program that asks the engine without the client `docker`, which may be missing. */
const ask = `const Docker = require(${JSON.stringify(require.resolve('dockerode'))});
  new Docker().info().then(({ DockerRootDir, Images }) => console.log(DockerRootDir, Images));`;

test('SIGKILL leaves no process of it either', async () => {
  const child = start([...elsewhere, 'sleep', '1'], { env: { DOCKER_HOST: '' } });
  const end = finished(child);
  const isOn = (): boolean => family(child.pid!).some(({ name }) => name === 'containerd');
  await until(isOn, 'the engine to start', 30_000);
  const pids = family(child.pid!).map(({ pid }) => pid);
  expect(pids.length).toBeGreaterThan(3);
  child.kill('SIGKILL');
  await until(() => leftOf(pids).length === 0, 'all that it started to end', 30_000);
  await end;
});

/**
 * Prints which parts of the network a script has changed: interfaces, the packet filter as both nft and
 * iptables list it, forwarding.
 */
const differenceAround = (before: string, script: string): string[] =>
  elsewhereRunning(`
    network() {
      ip -o link show | cut -d: -f2
      iptables-save | grep -v '^#' | sed 's/ \\[[0-9:]*\\]//'
      nft list ruleset
      cat /proc/sys/net/ipv4/ip_forward
    }
    ${before}
    network >/run/before
    ${script}
    network >/run/after
    diff /run/before /run/after`);

/** Shows that an engine has changed the network: its chains in two tables, its bridge, forwarding. */
const show =
  'iptables-save | grep -c "^:DOCKER "; ip -o link show docker0 | wc -l; cat /proc/sys/net/ipv4/ip_forward';

test('an engine of our own has the usual places, and leaves no process and the network as it was', async () => {
  const script = `"$@" sh -c '"$NODE" -e "$ASK" && ${show}'`;
  const env = { DOCKER_HOST: '', NODE: process.execPath, ASK: ask };
  const child = start(differenceAround(':', script), { env });
  const seen = new Map<number, string>();
  const look = (): void => family(child.pid!).forEach(({ pid, name }) => seen.set(pid, name));
  const watch = setInterval(look, 200);
  const end = await finished(child);
  clearInterval(watch);
  expect(end).toEqual({ exitCode: 0, stdout: '/var/lib/docker 0\n2\n1\n1\n', stderr: '' });
  expect([...seen.values()]).toEqual(expect.arrayContaining(['dockerd', 'containerd']));
  await until(() => leftOf([...seen.keys()]).length === 0, 'all that it started to end');
});

test('the network is as before on a machine that routes and has rules of its own', async () => {
  const own = 'iptables -A FORWARD -s 192.0.2.1 -j ACCEPT; iptables -P FORWARD DROP; iptables -N DOCKER-OWN';
  const before = `${own}; echo 1 >/proc/sys/net/ipv4/ip_forward`;
  const child = start(differenceAround(before, `"$@" sh -c '${show}'`), { env: { DOCKER_HOST: '' } });
  expect(await finished(child)).toEqual({ exitCode: 0, stdout: '2\n1\n1\n', stderr: '' });
});

test('what an engine left that was killed goes with the next', async () => {
  // The first number in the note is the process id of the keeper.
  const kill = `'kill -9 $(sed -E "s/^[^0-9]*([0-9]+).*/\\1/" /run/nimsfw-engine-network.json) $(cat /run/docker.pid)'`;
  // containerd ends after dockerd, and the next engine would wait for a containerd that is ending.
  const ended =
    'while kill -0 $(cat /run/docker/containerd/containerd.pid) 2>/dev/null; do sleep 0.1; done; rm -f /run/docker.pid /run/docker.sock';
  const left = 'ip -o link show docker0 | wc -l';
  const child = start(differenceAround(':', `"$@" sh -c ${kill}; ${left}; ${ended}; "$@" true`), {
    env: { DOCKER_HOST: '' },
  });
  expect(await finished(child)).toEqual({ exitCode: 0, stdout: '1\n', stderr: '' });
});
