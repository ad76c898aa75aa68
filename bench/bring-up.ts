import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exportMininet, startNetwork, Topo } from 'mininet-ts-bridge';
import type { Figure } from './figure';

/** Twelve access switches with three hosts each, and one host on all of them: 37 hosts, 12 switches, 48 links. */
export function benchTopology(): Topo {
  const topo = new Topo().host('core', { forwards: true });
  for (let k = 1; k <= 12; k++) {
    topo.switch(`s${k}`).link({ node: 'core', ip: `10.90.${k}.1/24` }, `s${k}`);
    for (let h = 2; h <= 4; h++)
      topo.host(`h${k}x${h}`).link({ node: `h${k}x${h}`, ip: `10.90.${k}.${h}/24` }, `s${k}`);
  }
  return topo;
}

interface Times {
  readonly start: number;
  readonly stop: number;
}

/**
 * Start and stop of the same topology, ours and real Mininet's with the exported script, in turn.
 * @param pairs counted pairs, after one that is not
 */
export async function measureBringUp(pairs: number): Promise<Figure[]> {
  const ratios: Times[] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const [ours, theirs] = [await startOurs(), await startMininet()];
    if (pair > 0) ratios.push({ start: theirs.start / ours.start, stop: theirs.stop / ours.stop });
  }
  return [
    {
      name: 'topology up, faster than Mininet by',
      unit: 'times',
      values: ratios.map(({ start }) => start),
      limit: 6,
      wanted: 'at least',
    },
    {
      name: 'topology down, faster than Mininet by',
      unit: 'times',
      values: ratios.map(({ stop }) => stop),
      limit: 100,
      wanted: 'at least',
    },
  ];
}

async function startOurs(): Promise<Times> {
  const startedAt = performance.now();
  const network = await startNetwork(benchTopology());
  const stoodAt = performance.now();
  await network.stop();
  return { start: stoodAt - startedAt, stop: performance.now() - stoodAt };
}

/** In namespaces of its own, so that the machine stays as it is. */
async function startMininet(): Promise<Times> {
  const folder = mkdtempSync(join(tmpdir(), 'nimsfw-bench-'));
  try {
    const script = join(folder, 'topology.py');
    writeFileSync(script, exportMininet(benchTopology()));
    const namespaces = '--user --map-root-user --net --mount --pid --fork --kill-child --mount-proc'.split(
      ' ',
    );
    const { stdout } = await promisify(execFile)(
      'unshare',
      [...namespaces, '/usr/bin/python3', script, '--time'],
      {
        env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
        timeout: 120_000,
      },
    );
    const [, start, stop] = /start (\d+\.\d+) stop (\d+\.\d+)/.exec(stdout) ?? [];
    if (start === undefined || stop === undefined) throw new Error(`Mininet told no times: ${stdout}`);
    return { start: Number(start) * 1000, stop: Number(stop) * 1000 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
