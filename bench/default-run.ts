import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunResult } from '../harness/judge/result';
import type { Figure } from './figure';

export const nimsfw = resolve(__dirname, '../../bin/nimsfw.js');

/**
 * The default run: both scenarios, twelve networks, two suites. Wall time, processor time and the time to the first verdict
 * are of the command as a user starts it; memory is taken in a run of its own, since looking for it takes time. What a
 * further firewall costs is the difference to a run with one, shared out among the others.
 *
 * @param runs counted runs, after one that is not
 * @throws Error when a run is not as expected: its time would be that of something else
 */
export async function measureDefaultRun(runs: number): Promise<Figure[]> {
  await timeRun([]);
  const timed = [];
  for (let run = 0; run < runs; run++) timed.push(await timeRun([]));
  const { peakMiB } = await timeRun([], true);
  const alone: { wall: number }[] = [];
  for (let run = 0; run < runs; run++) alone.push(await timeRun(['--firewall', '0']));
  const others = timed[0]!.result.run.firewalls.length - 1;
  return [
    { name: 'default run', unit: 's', values: timed.map(({ wall }) => wall), limit: 3, wanted: 'below' },
    {
      name: 'default run, processor time',
      unit: 's',
      values: timed.map(({ cpu }) => cpu),
      limit: 5.5,
      wanted: 'below',
    },
    {
      name: 'each further firewall',
      unit: 's',
      values: timed.map(({ wall }, run) => (wall - alone[run]!.wall) / others),
      limit: 0.25,
      wanted: 'below',
    },
    {
      name: 'default run, first verdict',
      unit: 's',
      values: timed.map(({ firstVerdict }) => firstVerdict),
      limit: 2,
      wanted: 'below',
    },
    { name: 'default run, peak memory (PSS)', unit: 'MiB', values: [peakMiB], limit: 1536, wanted: 'below' },
  ];
}

/**
 * One run as a user starts it.
 *
 * @param args of `nimsfw run`
 * @returns seconds, and MiB where it was looked for
 * @throws Error when the run is not as expected
 */
export async function timeRun(
  args: readonly string[],
  looksAtMemory = false,
): Promise<{ wall: number; cpu: number; firstVerdict: number; peakMiB: number; result: RunResult }> {
  const out = mkdtempSync(join(tmpdir(), 'nimsfw-bench-'));
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  // Node does not tell the processor time of a child and all that it waited for; bash does.
  const script = '"$@"; code=$?; times >&3; exit $code';
  const child = spawn(
    'bash',
    ['-c', script, 'bash', process.execPath, nimsfw, 'run', ...args, '--out', out],
    {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    },
  );
  const times = text(child.stdio[3] as Readable);
  let firstVerdict: number | undefined;
  child.stdout?.on('data', (chunk: Buffer) => {
    if (/\b(passed|blocked|failed)\b/.test(chunk.toString())) firstVerdict ??= seconds();
  });
  let peakMiB = 0;
  let running = true;
  const ended = new Promise<number | null>((done) => child.once('close', done)).finally(
    () => (running = false),
  );
  while (looksAtMemory && running) {
    peakMiB = Math.max(peakMiB, familyMiB(child.pid!));
    await Promise.race([ended, delay(50)]);
  }
  const exitCode = await ended;
  const wall = seconds();
  const result = read(join(out, 'result.json'));
  rmSync(out, { recursive: true, force: true });
  if (exitCode !== 0 || firstVerdict === undefined)
    throw new Error(`nimsfw run ended with ${exitCode}: a run that is not as expected has no figures`);
  return {
    wall,
    cpu: processorSeconds(await times),
    firstVerdict,
    peakMiB,
    result: JSON.parse(result) as RunResult,
  };
}

/** The processor time of the children, user's and system's: the second line of bash's `times`, `0m4.200s 0m1.300s`. */
function processorSeconds(times: string): number {
  const [, children = ''] = times.split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds),
    0,
  );
}

/** The proportional set size of a process and all that descend from it: memory that is shared counts once. */
function familyMiB(pid: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const stat = read(`/proc/${name}/stat`);
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const family = [pid];
  for (const member of family)
    for (const [child, parent] of parents) if (parent === member) family.push(child);
  const kib = family.map((member) =>
    Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${member}/smaps_rollup`))?.[1] ?? 0),
  );
  return kib.reduce((sum, one) => sum + one, 0) / 1024;
}

/** Empty for a process that ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
