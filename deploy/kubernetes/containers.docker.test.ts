import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  cli,
  finished,
  resultIn,
  start,
  temporaryFolder,
  verdictsOf,
  type Finished,
} from '../../harness/testing/cli';
import { containerOf, settings } from './testing/manifests';

/** The containers of the manifests, with the rights, variables and command lines that a cluster would give them. */

const folder = temporaryFolder();

/** Runs the container of a job on this volume. */
function run(job: string, volume: string, env: Readonly<Record<string, string>>): Promise<Finished> {
  const { image, command = [], securityContext } = containerOf(job);
  const { drop = [], add = [] } = securityContext!.capabilities!;
  const [entrypoint, ...args] = command;
  return finished(
    start([
      ...['docker', 'run', '--rm', '--network', 'none', '--user', String(securityContext!.runAsUser)],
      ...drop.flatMap((right) => ['--cap-drop', right]),
      ...add.flatMap((right) => ['--cap-add', right]),
      ...Object.entries({ ...settings, ...env }).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...['--volume', `${volume}:/out`, '--entrypoint', entrypoint!, image!, ...args],
    ]),
  );
}

test.each([
  ['root', 0],
  ['somebody else', 1234],
])('the shards of all indexes merge to the result of one run, on a volume of %s', async (name, owner) => {
  const volume = join(folder, name);
  mkdirSync(volume);
  chownSync(volume, owner, owner);
  chmodSync(volume, 0o700);
  const env = { SHARDS: '2', FIREWALLS: '0,6', SCENARIOS: 'register', WAIT: '200' };
  const [collector, ...shards] = await Promise.all([
    run('nimsfw-collect', volume, env),
    ...['0', '1'].map((index) => run('nimsfw-shard', volume, { ...env, JOB_COMPLETION_INDEX: index })),
  ]);
  for (const { exitCode, stderr } of [...shards, collector])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(collector.stdout).toMatch(/^ {2}6 {2}web ports only +step 3 /m);
  const one = join(folder, `one-${owner}`);
  expect((await cli(['run', 'register', '--firewall', '0,6', '--out', one])).exitCode).toBe(0);
  expect(verdictsOf(resultIn(join(volume, 'merged')))).toEqual(verdictsOf(resultIn(one)));
});
