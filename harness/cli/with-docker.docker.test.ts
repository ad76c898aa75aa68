import { join } from 'node:path';
import { finished, start } from '../testing/cli';
import { family, leftOf, until } from '../testing/processes';

/**
 * `bin/with-docker.mjs` and a real engine. It is in mount and network namespaces of its own, where the machine's usual
 * places are empty and so are the tables of its packet filter: an engine that others use is not touched.
 */

const withDocker = join(__dirname, '../../../bin/with-docker.mjs');

const prepare = `mount -t tmpfs tmpfs /var/lib/docker && mount -t tmpfs tmpfs /run && ip link set lo up && exec "$@"`;
const elsewhere = ['unshare', '--mount', '--net', 'sh', '-c', prepare, 'sh', process.execPath, withDocker];

/** What asks the engine, without the client `docker`, which may not be there. */
const ask = `const Docker = require(${JSON.stringify(require.resolve('dockerode'))});
  new Docker().info().then(({ DockerRootDir, Images }) => console.log(DockerRootDir, Images));`;

test('an engine of our own has the usual places and leaves no process', async () => {
  const child = start([...elsewhere, process.execPath, '-e', ask], { env: { DOCKER_HOST: '' } });
  const seen = new Set<number>();
  const watch = setInterval(() => family(child.pid!).forEach(({ pid }) => seen.add(pid)), 20);
  const end = await finished(child);
  clearInterval(watch);
  expect(end).toEqual({ exitCode: 0, stdout: '/var/lib/docker 0\n', stderr: '' });
  // with-docker, its shell, dockerd and containerd, and the command.
  expect(seen.size).toBeGreaterThan(4);
  await until(() => leftOf([...seen]).length === 0, 'all that it started to end');
});

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
