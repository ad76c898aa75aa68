import { join } from 'node:path';
import type Docker from 'dockerode';
import { engineClient } from '../lab/docker/engine';
import { labels } from '../lab/docker/owner';
import { endedOwner } from '../lab/docker/testing/owners';
import { labThings, nothing } from '../lab/docker/testing/things';
import { temporaryFolder } from '../testing/cli';
import { ownNamespaces } from '../testing/places';
import { commandsIn, describeRunningLab } from './testing/running-lab';

/** Tests `nimsfw up --backend docker` and the commands for the lab that it keeps. */

const folder = temporaryFolder();
const place = ownNamespaces();
const anotherPlace = ownNamespaces();
const { nimsfw, nodes } = commandsIn(place);

beforeAll(async () => expect(await labThings()).toEqual(nothing));

describe('a running lab in containers', () => {
  describeRunningLab('docker', { place, folder }, () => {
    test('is all there is of the lab in Docker: a container for each node, and what stands beside some', async () => {
      const { containers, networks } = await labThings();
      expect(new Set(containers.map((name) => name.replace(/^nimsfw-[0-9a-f]{8}-|-beside.*$/g, '')))).toEqual(
        new Set([
          'pcscf',
          'hss',
          'ims-core',
          'scc-as',
          'turn',
          'peer',
          'fw-6',
          'ue-6',
          'fw-8',
          'ue-8',
          'proxy-8',
        ]),
      );
      expect(networks.map((name) => name.replace(/^nimsfw-[0-9a-f]{8}-/, ''))).toEqual([
        'access-6',
        'access-8',
        'core',
        'transit',
      ]);
    });

    test('has the subnets, so that a run on the same engine is told to wait', async () => {
      const run = await nimsfw(['run', '--backend', 'docker', '--firewall', '6', '--out', `${folder}/no`]);
      expect(run).toEqual({
        exitCode: 3,
        stdout: '',
        stderr: expect.stringMatching(
          /^nimsfw: the lab needs \S+, but the lab of process \d+ has \S+; end it \(nimsfw down, .*\), or run on --backend netns \[SUBNET_IN_USE\]\n$/,
        ) as string,
      });
    });

    test('is no remains: down --all of another place leaves it alone', async () => {
      const before = await labThings();
      const elsewhere = await commandsIn(anotherPlace).nimsfw(['down', '--all']);
      expect(elsewhere.stdout).toContain('Of killed runs on docker: 0 containers and 0 networks removed.\n');
      expect(await labThings()).toEqual(before);
    });
  });

  // nimsfw asks first whether the node's container runs.
  test.each([
    ['ended', (container: Docker.Container) => container.kill(), ['exec', 'ue-6', 'true']],
    [
      'was removed',
      (container: Docker.Container) => container.remove({ force: true }),
      ['capture', 'ue-6:access-6', '-w', join(folder, 'gone.pcap')],
    ],
  ])('a node whose container %s can be entered no more, which is told in a line', async (_, end, command) => {
    const docker = engineClient();
    const [found] = await docker.listContainers({ all: true, filters: { label: [`${labels.node}=ue-6`] } });
    await end(docker.getContainer(found!.Id));
    const { exitCode, stderr } = await nimsfw(command);
    expect({ exitCode, stderr: stderr.replace(/^Capturing .*\n/, '') }).toEqual({
      exitCode: 3,
      stderr:
        'nimsfw: the container of ue-6 does not run any more; nimsfw down and then nimsfw up make the lab anew [NODE_GONE]\n',
    });
    expect((await nodes()).find(({ id }) => id === 'ue-6')?.state).toBe('exited');
  });

  test('down ends it and leaves nothing, not even what a process that is gone could not remove', async () => {
    await engineClient().createNetwork({
      Name: 'nimsfw-not-removed',
      Internal: true,
      Labels: { [labels.lab]: '', [labels.run]: 'gone', [labels.owner]: endedOwner() },
    });
    expect(await nimsfw(['down'])).toEqual({ exitCode: 0, stdout: 'The lab is down.\n', stderr: '' });
    expect(await labThings()).toEqual(nothing);
  });
});
