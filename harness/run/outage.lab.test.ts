import type { ChildProcess } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { CellResult } from '../judge/result';
import { finished, resultIn, startCli, temporaryFolder, type Finished } from '../testing/cli';
import { family, until } from '../testing/processes';

/** Outages: what dies while a run goes on costs the cells that need it, and nothing else. */

const folder = temporaryFolder();

const cwdOf = (pid: number): string => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
};

/** Kills, or stops, this program of a node. */
function kill(
  run: ChildProcess,
  node: string,
  program: string,
  signal: 'SIGKILL' | 'SIGSTOP' = 'SIGKILL',
): void {
  const found = family(run.pid!).filter(
    ({ pid, name }) => name === program && cwdOf(pid) === `/run/nimsfw/${node}`,
  );
  expect({ node, count: found.length }).not.toEqual({ node, count: 0 });
  for (const { pid } of found) process.kill(pid, signal);
}

/**
 * Starts a run of registrations and of calls that would talk for a minute, and resolves when it has said so much, or has ended.
 */
async function runUntil(
  said: (text: string) => boolean,
  what: string,
  args: readonly string[],
): Promise<{ readonly run: ChildProcess; readonly end: Promise<Finished> }> {
  const run = startCli(['run', 'register', 'call', '--suite', 'aes', '--media-seconds', '60', ...args]);
  let text = '';
  for (const output of [run.stdout!, run.stderr!])
    output.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const end = finished(run);
  await until(() => said(text) || run.exitCode !== null, what, 60_000);
  return { run, end };
}

/** Of the one network of a run. */
const registered = (text: string): boolean => /register\/aes {2}step 3 connect:443/.test(text);

it('names every node that dies, judges what is left, and does not wait for the dead', async () => {
  const out = join(folder, 'deaths');
  // Each network has played registration, and goes on with the call.
  const allRegistered = (text: string): boolean => [...text.matchAll(/register\/aes {2}step/g)].length === 6;
  const args = ['--firewall', '0,1,2', '--step', '2', '--out', out];
  const { run, end } = await runUntil(allRegistered, 'the attempts to register', args);
  const killedAt = Date.now();
  // The capture at the UE of one network, the other end of all calls.
  kill(run, 'ue-2', 'tcpdump');
  kill(run, 'peer', 'node');

  const { exitCode, stderr } = await end;
  expect(Date.now() - killedAt).toBeLessThan(30_000);
  expect(exitCode).toBe(2);
  const lines = stderr.trim().split('\n').sort();
  expect(lines).toEqual([
    expect.stringMatching(
      /^nimsfw: capture ue-2: .*; what needs it cannot be judged, the rest goes on \[(NODE_DIED|CAPTURE_BROKEN)\]$/,
    ),
    'nimsfw: peer was killed (SIGKILL); look whether the machine ran out of memory; what needs it cannot be judged, the rest goes on [NODE_DIED]',
  ]);
  const { cells, run: of } = resultIn(out);
  expect(of.outages?.map(({ node }) => node).sort()).toEqual(['capture ue-2', 'peer']);
  const seen = (one: CellResult): string =>
    `${one.id} ${one.outcome}: ${[...new Set(one.attempts.map(({ verdict }) => verdict))].sort().join(', ')}`;
  expect(cells.map(seen)).toEqual([
    '0/register/aes expected: passed',
    '0/call/aes inconclusive: inconclusive',
    '1/register/aes expected: passed',
    '1/call/aes inconclusive: inconclusive',
    '2/register/aes expected: passed',
    '2/call/aes inconclusive: inconclusive',
  ]);
  const call = cells.find(({ id }) => id === '0/call/aes')!;
  expect(call.attempts.map(({ reason }) => reason)).toEqual([
    'peer was killed (SIGKILL); look whether the machine ran out of memory',
    'peer was killed (SIGKILL); look whether the machine ran out of memory',
  ]);
});

it('blames no firewall whose inspector is dead: what it then loses is no verdict', async () => {
  const out = join(folder, 'inspector');
  const args = ['--firewall', '9', '--step', '3', '--out', out];
  const { run, end } = await runUntil(registered, 'the registration', args);
  kill(run, 'fw-9', 'node');

  const { exitCode, stderr } = await end;
  expect(stderr.trim()).toBe(
    'nimsfw: the inspector of fw-9 was killed (SIGKILL); look whether the machine ran out of memory; what needs it cannot be judged, the rest goes on [NODE_DIED]',
  );
  expect(exitCode).toBe(2);
  const outcomes = resultIn(out).cells.map(({ id, outcome }) => [id, outcome]);
  expect(outcomes).toEqual([
    ['9/register/aes', 'expected'],
    ['9/call/aes', 'inconclusive'],
  ]);
  expect(resultIn(out).run.outages?.map(({ node }) => node)).toEqual(['fw-9']);
});

it('names a node that hangs, and waits for it no longer than it may take to answer', async () => {
  const out = join(folder, 'hang');
  const args = ['--firewall', '8', '--step', '3', '--out', out];
  const { run, end } = await runUntil(registered, 'the registration', args);
  kill(run, 'ims-core', 'kamailio', 'SIGSTOP');

  const { exitCode, stderr } = await end;
  expect(stderr.trim()).toMatch(
    /^nimsfw: ims-core runs, but has not answered sip-register at [\d.]+:5060 for 15 s; look at its log; what needs it cannot be judged, the rest goes on \[NOT_ANSWERING\]$/,
  );
  expect(exitCode).toBe(2);
  // Whatever the firewall had denied by then.
  expect(resultIn(out).cells.map(({ id, outcome }) => [id, outcome])).toEqual([
    ['8/register/aes', 'expected'],
    ['8/call/aes', 'inconclusive'],
  ]);
});
