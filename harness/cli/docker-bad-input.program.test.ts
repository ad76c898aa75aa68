import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { builtInBoxes } from '../../nodes';
import { requiredImages } from '../lab/docker/images';
import { fakeEngine, type FakeRoutes } from '../lab/docker/testing/fake-engine';
import { cli, temporaryFolder, type CliOptions } from '../testing/cli';
import { ownNamespaces, rootWithoutRightsOverFiles } from '../testing/places';

/** An engine that cannot run the lab gives one line with a code and the remedy. The test needs no engine. */

const folder = temporaryFolder();
const out = join(folder, 'out');
const place = ownNamespaces();

/** Checks the line that both ways of starting a lab print. */
async function refused(host: string, line: string, more: CliOptions = {}): Promise<void> {
  for (const args of [
    ['run', '--backend', 'docker', '--out', out],
    ['up', '--backend', 'docker'],
  ]) {
    const { exitCode, stdout, stderr } = await cli(args, {
      ...more,
      place: [...place, ...(more.place ?? [])],
      env: { DOCKER_HOST: host },
    });
    expect({ args, exitCode, stdout, stderr }).toEqual({
      args,
      exitCode: 3,
      stdout: '',
      stderr: `nimsfw: ${line}\n`,
    });
  }
  expect(existsSync(out)).toBe(false);
}

const version: FakeRoutes = { 'GET /version': { body: { Version: '20.10.24' } } };
const nothing: FakeRoutes = {
  'GET /containers/json': { body: [] },
  'GET /networks': { body: [] },
  'GET /images/json': { body: [] },
};
const images = requiredImages([...builtInBoxes].map(({ kind }) => kind)).sort();

test('no daemon', () => {
  const socket = join(folder, 'none.sock');
  return refused(
    `unix://${socket}`,
    `no Docker Engine answers at ${socket} (ENOENT); install one with npx nimsfw setup --for-docker, start it with systemctl start docker, or put node bin/with-docker.mjs before the command [NO_ENGINE]`,
  );
});

test('no permission on the socket', async () => {
  await using engine = await fakeEngine(version);
  const socket = engine.host.replace('unix://', '');
  chmodSync(socket, 0);
  await refused(
    engine.host,
    `you may not use the Docker Engine at ${socket}; as root: usermod --append --groups docker USER, then log in again [ENGINE_FORBIDDEN]`,
    { place: rootWithoutRightsOverFiles },
  );
});

test('an engine too old', async () => {
  await using engine = await fakeEngine({ 'GET /version': { body: { Version: '19.03.15' } } });
  await refused(
    engine.host,
    'this is Docker Engine 19.03.15; the docker backend needs 20.10 or newer: upgrade it (Debian: apt-get install docker.io) [ENGINE_TOO_OLD]',
  );
});

test('no image', async () => {
  await using engine = await fakeEngine({ ...version, ...nothing });
  const { stderr, exitCode } = await cli(['run', '--backend', 'docker', '--out', out], {
    place,
    env: { DOCKER_HOST: engine.host },
  });
  expect(exitCode).toBe(3);
  const [, listed = ''] =
    /^nimsfw: not there: (.*); build with npm run images \[IMAGE_MISSING\]\n$/.exec(stderr) ?? [];
  expect(listed.split(', ').sort()).toEqual(images);
  expect(existsSync(out)).toBe(false);
  // The command only looked, and had the engine make nothing.
  expect(engine.requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
});

test('images of another version', async () => {
  const others = images.map((reference) => ({ RepoTags: [`${reference.split(':')[0]}:0.0.1-0123456789`] }));
  await using engine = await fakeEngine({ ...version, ...nothing, 'GET /images/json': { body: others } });
  const { stderr, exitCode } = await cli(['up', '--backend', 'docker'], {
    place,
    env: { DOCKER_HOST: engine.host },
  });
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(
    /^nimsfw: only there in another version than these sources make: nimsfw\/.*; build with npm run images \[IMAGE_OUTDATED\]\n$/,
  );
});

test('down --all where there is no engine: there is nothing in it', async () => {
  expect(
    await cli(['down', '--all'], { place, env: { DOCKER_HOST: `unix://${join(folder, 'none.sock')}` } }),
  ).toEqual({
    exitCode: 0,
    stdout: 'No lab is running.\nNothing to remove on docker: no engine answers.\n',
    stderr: '',
  });
});
