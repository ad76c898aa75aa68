import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { engineClient, engineVersion } from '../harness/lab/docker/engine';
import { nimsfw, timeRun } from './default-run';
import type { Figure } from './figure';

const composeFile = resolve(__dirname, '../../docker-compose.yml');

/** Why nothing can be measured on Docker, in a line; undefined where it can. */
export async function whyNoDocker(): Promise<string | undefined> {
  try {
    await engineVersion(engineClient());
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * The default table on Docker, and the whole lab brought up by `nimsfw up` and by docker-compose from the checked-in
 * file, in turn. The images have to be there.
 *
 * @param pairs counted runs and pairs, after one of each that is not
 */
export async function measureDocker(pairs: number): Promise<Figure[]> {
  const walls: number[] = [];
  const ratios: number[] = [];
  const ours: number[] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const { wall } = await timeRun(['--backend', 'docker']);
    const [up, compose] = [await timeUp(), await timeCompose()];
    if (pair === 0) continue;
    walls.push(wall);
    ours.push(up);
    ratios.push(compose / up);
  }
  return [
    { name: 'default run on Docker', unit: 's', values: walls, limit: 60, wanted: 'below' },
    { name: 'lab up on Docker', unit: 's', values: ours, limit: 30, wanted: 'below' },
    {
      name: 'lab up on Docker, faster than compose by',
      unit: 'times',
      values: ratios,
      limit: 2,
      wanted: 'at least',
    },
  ];
}

async function timeUp(): Promise<number> {
  const command = [process.execPath, nimsfw];
  try {
    return await seconds([...command, 'up', '--backend', 'docker']);
  } finally {
    await seconds([...command, 'down']);
  }
}

async function timeCompose(): Promise<number> {
  const command = [
    'docker-compose',
    '--project-name',
    'nimsfw-bench',
    '--file',
    composeFile,
    '--profile',
    'all',
  ];
  try {
    return await seconds([...command, 'up', '--detach']);
  } finally {
    await seconds([...command, 'down', '--volumes']);
  }
}

/** How long a command takes. @throws Error when it fails */
async function seconds([program = '', ...args]: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  await promisify(execFile)(program, args, { timeout: 600_000 });
  return (performance.now() - startedAt) / 1000;
}
