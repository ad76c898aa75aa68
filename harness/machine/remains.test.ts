import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '../testing/cli';
import { fakeEngine } from '../lab/docker/testing/fake-engine';
import { findDockerRemains, remainsText } from './remains';

const folder = temporaryFolder();

const remains = {
  run: '0a1b2c3d',
  process: 4711,
  since: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  containers: ['a', 'b'],
  networks: ['n'],
};

test.each([
  [{}, '2 containers and 1 network'],
  [{ containers: ['a'], networks: [] }, '1 container'],
  [{ containers: [], networks: ['n', 'm'] }, '2 networks'],
])('what a killed run has left is told with whose it was and since when: %j', (other, things) => {
  expect(remainsText({ ...remains, ...other })).toBe(
    `${things} of run 0a1b2c3d in Docker, since 2026-01-02T03:04:05Z, whose process 4711 was killed`,
  );
});

describe('an engine that', () => {
  const host = process.env['DOCKER_HOST'];
  afterEach(() => {
    if (host === undefined) delete process.env['DOCKER_HOST'];
    else process.env['DOCKER_HOST'] = host;
  });

  test('is not there, says nothing', async () => {
    process.env['DOCKER_HOST'] = 'unix:///nowhere/docker.sock';
    expect(await findDockerRemains()).toBeUndefined();
  });

  test('takes what it is asked and never answers, is not waited for', async () => {
    const socket = join(folder, 'silent.sock');
    const server = createServer((connection) => void connection.resume().on('error', () => undefined));
    await once(server.listen(socket), 'listening');
    process.env['DOCKER_HOST'] = `unix://${socket}`;
    expect(await findDockerRemains(50)).toBeUndefined();
    // The server closes only when no client is connected any more.
    server.close();
    await once(server, 'close');
  });

  test('has nothing, says so', async () => {
    await using engine = await fakeEngine({
      'GET /version': { body: { Version: '20.10.24' } },
      'GET /containers/json': { body: [] },
      'GET /networks': { body: [] },
    });
    process.env['DOCKER_HOST'] = engine.host;
    expect(await findDockerRemains()).toEqual([]);
  });
});
