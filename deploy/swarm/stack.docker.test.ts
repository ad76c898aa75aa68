import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunResult } from '../../harness/judge/result';
import {
  cli,
  finished,
  resultIn,
  start,
  temporaryFolder,
  verdictsOf,
  type Finished,
} from '../../harness/testing/cli';

/** The stack, deployed on a real swarm of this engine alone. */

const stack = 'nimsfw-stack-test';
const volume = `${stack}_out`;
const folder = temporaryFolder();

/** How long the swarm may take to bring containers up, measure in them, and remove them. */
const withinMs = 200_000;

const docker = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> =>
  finished(start(['docker', ...args], { env }));

/** Runs docker, and returns what it printed. */
async function said(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await docker(args, env);
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
  return stdout.trim();
}

/** Looks until something is so, and returns it. */
async function awaited<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}, in vain`);
    await delay(250);
  }
}

const has = async (kind: 'network' | 'volume', name: string): Promise<boolean> =>
  (await docker([kind, 'inspect', name])).exitCode === 0;

/** The states in which a task is left alone, without the time since then. */
const ended = /^(Complete|Failed|Rejected|Shutdown|Orphaned)/;

/** Returns how each task of a service has ended, as soon as all have. */
const endOf = (service: string): Promise<string[]> =>
  awaited(`the end of ${service}`, async () => {
    const lines = await said([
      ...['service', 'ps', `${stack}_${service}`, '--no-trunc'],
      ...['--format', '{{.Name}} {{.CurrentState}} {{.Error}}'],
    ]);
    const tasks = lines.split('\n').map((line) => line.replace(/^\S+\.(\d+) (\w+) .* ago */, '$2 $1 '));
    return tasks.every((task) => ended.test(task)) ? tasks.map((task) => task.trim()).sort() : undefined;
  });

/** The network that the engine makes with a swarm, and does not remove. */
const gateway = 'docker_gwbridge';
let isOwnSwarm = false;
let hadGateway = true;

beforeAll(async () => {
  hadGateway = await has('network', gateway);
  isOwnSwarm = (await said(['info', '--format', '{{.Swarm.LocalNodeState}}'])) === 'inactive';
  const here = ['--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1:2377'];
  if (isOwnSwarm) await said(['swarm', 'init', ...here]);
});

afterAll(async () => {
  await docker(['stack', 'rm', stack]);
  await awaited('the containers of the stack to be gone', async () => {
    const left = await said([
      ...['ps', '--all', '--quiet', '--filter', `label=com.docker.stack.namespace=${stack}`],
    ]);
    return left === '' || undefined;
  });
  if (await has('volume', volume)) await said(['volume', 'rm', volume]);
  if (!isOwnSwarm) return;
  await said(['swarm', 'leave', '--force']);
  if (!hadGateway && (await has('network', gateway))) await said(['network', 'rm', gateway]);
}, withinMs);

test('shards on a swarm, of which one has nothing to measure, merge to the result of one run', async () => {
  const scenarios = ['register', 'message'];
  const firewalls = '0,6';
  await said(['stack', 'deploy', '--resolve-image', 'never', '-c', 'deploy/swarm/stack.yaml', stack], {
    ...{ SHARDS: '3', FIREWALLS: firewalls, SCENARIOS: scenarios.join(' '), WAIT: '180' },
  });
  const shards = await endOf('shard');
  const words = await docker(['service', 'logs', '--raw', `${stack}_shard`]);
  expect({ shards, stderr: words.stderr }).toEqual({
    shards: ['Complete 1', 'Complete 2', 'Failed 3 "task: non-zero exit (3)"'],
    stderr: expect.stringMatching(/^nimsfw: shard 3\/3 has nothing to measure: .* \[SHARD_EMPTY\]\n$/),
  });
  const collector = await endOf('collect');
  const table = await docker(['service', 'logs', '--raw', `${stack}_collect`]);
  expect({ collector, stderr: table.stderr }).toEqual({ collector: ['Complete 1'], stderr: '' });
  expect(table.stdout).toMatch(/^ {2}0 {2}open +step 1 /m);
  const inVolume = ['run', '--rm', '--network', 'none', '-v', `${volume}:/out:ro`, '--entrypoint', 'cat'];
  const merged = JSON.parse(await said([...inVolume, 'nimsfw', '/out/merged/result.json'])) as RunResult;

  const one = join(folder, 'one');
  expect((await cli(['run', ...scenarios, '--firewall', firewalls, '--out', one])).exitCode).toBe(0);
  const whole = resultIn(one);
  expect(merged.run.mergedFrom).toHaveLength(2);
  expect(verdictsOf(merged)).toEqual(verdictsOf(whole));
  const cellsOf = ({ cells }: RunResult): unknown =>
    cells.map(({ id, traversedAt, outcome }) => ({ id, traversedAt, outcome }));
  expect(cellsOf(merged)).toEqual(cellsOf(whole));
  expect(merged.claims).toEqual(whole.claims);
});
