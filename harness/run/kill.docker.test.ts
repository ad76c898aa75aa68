import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { defaultAddresses } from '../../topologies/addresses';
import { engineClient } from '../lab/docker/engine';
import { imageFor } from '../lab/docker/images';
import { labels } from '../lab/docker/owner';
import { endedOwner } from '../lab/docker/testing/owners';
import { labThings, nothing, type Things } from '../lab/docker/testing/things';
import { cli, finished, resultIn, startCli, temporaryFolder, type Finished } from '../testing/cli';
import { ownNamespaces } from '../testing/places';
import { until } from '../testing/processes';

/** Kill check in Docker: the remains of a killed run are removed by label, and nothing else is. */

const folder = temporaryFolder();
// `down` would end a lab that is kept; in this place nobody keeps one.
const place = ownNamespaces();

/** Starts a run and waits until attempts are made in its containers. */
async function midRun(out: string): Promise<{ run: ChildProcess; end: Promise<Finished>; things: Things }> {
  // On the RFC's timers a closed network keeps the run busy for minutes.
  const run = startCli(
    [
      ...['run', 'register', '--backend', 'docker', '--firewall', '0,closed', '--patience', 'rfc'],
      // It has a line for each attempt.
      ...['--reporter', 'verbose', '--out', out],
    ],
    { place },
  );
  // Standard error is included, because a run that ends early tells the reason there.
  let text = '';
  for (const output of [run.stdout!, run.stderr!])
    output.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const end = finished(run);
  await until(() => text.includes('passed') || run.exitCode !== null, 'a first verdict', 90_000);
  expect(text).toContain('passed');
  return { run, end, things: await labThings() };
}

/** Containers and networks of another user in Docker with similar names. */
class Foreign implements AsyncDisposable {
  private constructor(
    private readonly container: Docker.Container,
    private readonly network: Docker.Network,
  ) {}

  static async create(): Promise<Foreign> {
    const docker = engineClient();
    const name = `nimsfw-${randomBytes(4).toString('hex')}`;
    const network = await docker.createNetwork({ Name: `${name}-transit`, Internal: true });
    const container = await docker.createContainer({
      name: `${name}-ue-0`,
      Image: imageFor('firewall'),
      // This belongs to another tool, whose label begins like the lab's.
      Labels: { 'nimsfw-notes': 'mine' },
      HostConfig: { NetworkMode: 'none' },
    });
    await container.start();
    return new Foreign(container, network);
  }

  async isThere(): Promise<boolean> {
    const [{ State }] = await Promise.all([this.container.inspect(), this.network.inspect()]);
    return State.Running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.container.remove({ force: true });
    await this.network.remove();
  }
}

const leftName = 'nimsfw-left-by-a-killed-run';

/**
 * Makes the remains of a killed run: their labels name a process that has ended, and their subnet is one that
 * every run needs.
 */
async function leaveAsAKilledRun(): Promise<void> {
  const docker = engineClient();
  const Labels = { [labels.lab]: '', [labels.run]: 'killed', [labels.owner]: endedOwner() };
  await docker.createNetwork({
    Name: leftName,
    Internal: true,
    Labels,
    IPAM: { Driver: 'default', Config: [{ Subnet: defaultAddresses.transit }] },
  });
  const container = await docker.createContainer({
    name: leftName,
    Image: imageFor('firewall'),
    Labels,
    HostConfig: { NetworkMode: leftName },
  });
  await container.start();
}

beforeEach(async () => expect(await labThings()).toEqual(nothing));
afterEach(() => cli(['down', '--all'], { place }));

it('what SIGKILL in mid-run leaves, down --all removes, and nothing else', async () => {
  await using foreign = await Foreign.create();
  const { run, end, things } = await midRun(join(folder, 'killed'));
  run.kill('SIGKILL');
  await end;
  // There are two UEs and firewalls, four nodes of the core, and helpers beside some of them. The networks are
  // core, transit and two accesses.
  expect(things.containers.length).toBeGreaterThanOrEqual(8);
  expect(things.networks).toHaveLength(4);
  const left = await labThings();
  expect(left.networks).toEqual(things.networks);
  const told = `${left.containers.length} containers and 4 networks of run \\w+ in Docker, since [\\d:TZ-]+, whose process ${run.pid} was killed`;
  expect(await cli(['ps'], { place })).toEqual({
    exitCode: 3,
    stdout: '',
    stderr: expect.stringMatching(
      new RegExp(
        `^nimsfw: ${told}; nimsfw down --all removes it \\[DOCKER_REMAINS\\]\nnimsfw: no lab is running; .* \\[NO_LAB\\]\n$`,
      ),
    ) as string,
  });
  expect((await cli(['doctor'])).stdout).toMatch(
    new RegExp(`^left +docker-remains +${told}\n +to mend it: nimsfw down --all$`, 'm'),
  );
  expect(await cli(['down', '--all'], { place })).toEqual({
    exitCode: 0,
    stdout: `No lab is running.\nOf killed runs on docker: ${left.containers.length} containers and 4 networks removed.\n`,
    stderr: '',
  });
  expect(await labThings()).toEqual(nothing);
  expect(await foreign.isThere()).toBe(true);
});

it('SIGINT in mid-run writes the partial result, marks it and leaves nothing, of runs killed before neither', async () => {
  await using foreign = await Foreign.create();
  await leaveAsAKilledRun();
  expect(await labThings()).toEqual({ containers: [leftName], networks: [leftName] });
  const out = join(folder, 'interrupted');
  const { run, end, things } = await midRun(out);
  // The new run has its own network on the subnet of the remains.
  expect([...things.containers, ...things.networks]).not.toContain(leftName);
  // SIGTERM and SIGHUP take the same way (`interruption`); the tests on namespaces send them.
  run.kill('SIGINT');
  const { exitCode, stderr } = await end;
  expect({ exitCode, stderr }).toEqual({
    exitCode: 3,
    stderr: `nimsfw: stopped early: the partial result is in ${out} and marked; run again for the whole [INTERRUPTED]\n`,
  });
  expect(await labThings()).toEqual(nothing);
  expect(await foreign.isThere()).toBe(true);
  const result = resultIn(out);
  expect(result.run).toMatchObject({ interrupted: true, backend: 'docker' });
  // The cells of the closed network were not finished.
  expect(result.cells.filter(({ firewall }) => firewall === 'closed').map(({ outcome }) => outcome)).toEqual([
    'skipped',
    'skipped',
  ]);
});

it('SIGINT while the lab is starting leaves nothing either', async () => {
  const run = startCli(['run', '--backend', 'docker', '--firewall', '0,8', '--out', join(folder, 'early')], {
    place,
  });
  const end = finished(run);
  await until(async () => (await labThings()).containers.length > 2, 'some containers', 60_000);
  run.kill('SIGINT');
  expect((await end).exitCode).toBe(3);
  expect(await labThings()).toEqual(nothing);
});
