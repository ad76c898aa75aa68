import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { exitCodeOf } from '../cli/exit-code';
import type { CellResult } from '../judge/result';
import { netns } from '../lab/netns';
import { makePlan } from '../plan/plan';
import { finished, resultIn, startCli, temporaryFolder, type Finished } from '../testing/cli';
import { signalNode, until } from '../testing/processes';
import { run } from './run';

/** Outages: a node or capture that dies during a run costs the cells that need it, and no others. */

const folder = temporaryFolder();

/**
 * Starts a run of registrations and of calls that would talk for a minute. Resolves when its output satisfies a
 * condition, or the run has ended.
 */
async function runUntil(
  said: (text: string) => boolean,
  what: string,
  args: readonly string[],
): Promise<{ readonly run: ChildProcess; readonly end: Promise<Finished> }> {
  const run = startCli([
    ...['run', 'register', 'call', '--suite', 'aes', '--media-seconds', '60'],
    // It has a line for each attempt.
    ...['--reporter', 'verbose', ...args],
  ]);
  let text = '';
  for (const output of [run.stdout!, run.stderr!])
    output.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const end = finished(run);
  await until(() => said(text) || run.exitCode !== null, what, 60_000);
  return { run, end };
}

/** Says whether the output shows that step 3 has registered on the only network of the run. */
const registered = (text: string): boolean => /register\/aes {2}step 3 connect:443/.test(text);

it('names every node that dies, judges what is left, and does not wait for the dead', async () => {
  const out = join(folder, 'deaths');
  // Each network has played registration, and goes on with the call.
  const allRegistered = (text: string): boolean => [...text.matchAll(/register\/aes {2}step/g)].length === 6;
  const args = ['--firewall', '0,1,2', '--step', '2', '--out', out];
  const { run, end } = await runUntil(allRegistered, 'the attempts to register', args);
  const killedAt = Date.now();
  // The first process is the capture at the UE of one network, the second the other end of all calls.
  signalNode(run.pid!, 'ue-2', 'tcpdump', 'SIGKILL');
  signalNode(run.pid!, 'peer', 'node', 'SIGKILL');

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
  signalNode(run.pid!, 'fw-9', 'node', 'SIGKILL');

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

/**
 * These times are shorter than the defaults. The nodes hang for good, so the length of the wait changes
 * nothing.
 */
const checkUp = { everyMs: 500, answersWithinMs: 2000 };

// harness/lab/core-nodes.lab.test.ts shows for each kind of node that a hanging one is found.
it('names a node that hangs, and waits for it no longer than it may take to answer', async () => {
  const plan = makePlan({
    ...{ catalogue: builtInCatalogue, firewalls: builtInCatalogue.filter(({ id }) => id === '8') },
    ...{ scenarios: ['register', 'call'], suites: ['aes'], steps: [3] },
    ...{ patience: 'evidence', timers: 'rfc', ladder: 'all', repeat: 1 },
    options: { mediaSeconds: 60 },
  });
  const warnings: string[] = [];
  const result = await run({
    ...{ plan, backend: netns, out: join(folder, 'hang'), checkUp },
    ...{ command: [], versions: Promise.resolve({}), tool: Promise.resolve({ version: '0' }) },
    reporter: {
      onEvent: (event) => {
        if (event.type === 'attempt' && event.attempt.id === '8/register/aes/3-connect:443')
          signalNode(process.pid, 'ims-core', 'kamailio', 'SIGSTOP', 'kamailio.cfg');
        if (event.type === 'outage') warnings.push(event.text);
      },
    },
  });
  expect(warnings).toEqual([
    expect.stringMatching(
      /^ims-core runs, but has not answered sip-register at [\d.]+:5060 for 2 s; look at its log$/,
    ),
  ]);
  expect(result.run.outages?.map(({ node, code }) => [node, code])).toEqual([['ims-core', 'NOT_ANSWERING']]);
  // The call cannot be judged, whatever the firewall had denied by then.
  expect(result.cells.map(({ id, outcome }) => [id, outcome])).toEqual([
    ['8/register/aes', 'expected'],
    ['8/call/aes', 'inconclusive'],
  ]);
  expect(exitCodeOf(result)).toBe(2);
});
