import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInCatalogue, type Catalogue } from '../../firewalls/catalogue';
import type { Knobs } from '../../firewalls/knobs';
import type { RunResult } from '../judge/result';
import { measure } from '../run/measure';
import { cli, resultIn, temporaryFolder, type Finished } from '../testing/cli';
import { compareRuns } from './compare';
import { differenceWords, subjectWords } from './words';

const folder = temporaryFolder();
const some = builtInCatalogue.filter(({ id }) => id === '0' || id === '3');

const measured = (name: string, catalogue: Catalogue): Promise<RunResult> =>
  measure({ catalogue, scenarios: ['register'], suites: ['aes'], out: join(folder, name) }).result;

it('one knob of one firewall that is turned names the cell that flips by it, and two runs of one plan none', async () => {
  const turned = (one: Catalogue[number], knobs: Partial<Knobs>): Catalogue[number] =>
    one.id === '3' ? { ...one, knobs: { ...one.knobs, ...knobs } } : one;
  const before = await measured('before', some);
  const again = await measured('again', some);
  const after = await measured(
    'after',
    some.map((one) => turned(one, { udp: 'any' })),
  );
  const of = (a: RunResult, b: RunResult): string[] =>
    compareRuns(a, b).changes.map((one) => `${one.kind}: ${subjectWords(one)}: ${differenceWords(one)}`);
  expect(of(before, again)).toEqual([]);
  // With UDP open, SIP over UDP gets through with the NAT-traversal alternative; step 1 gets no further behind an NAPT.
  const flipped = [
    '3/register/aes: step 3 → step 2',
    '3/register/aes, step 2 udp:5060: blocked by sip-ports → passed',
  ];
  const step1 = '3/register/aes, step 1 udp:5060: blocked by sip-ports → blocked by translation';
  const turnedWords = [
    'firewall 3, knob udp: { except: [5060, 5061] } → any',
    'firewall 3, rule sip-ports: UDP to the SIP ports 5060 and 5061; TCP to the SIP ports 5060 and 5061 → TCP to the SIP ports 5060 and 5061',
  ];
  expect(of(before, after)).toEqual([
    `better: ${flipped[0]}`,
    `other: ${step1}`,
    `better: ${flipped[1]}`,
    ...turnedWords.map((words) => `other: ${words}`),
    // I6 is that some type is passed below step 3, and type 3 was the only one here.
    'better: claim I6: untested → confirmed',
  ]);
  expect(of(after, before).filter((words) => words.startsWith('worse'))).toEqual([
    'worse: 3/register/aes: step 2 → step 3',
    'worse: 3/register/aes, step 2 udp:5060: passed → blocked by sip-ports',
    'worse: claim I6: confirmed → untested',
  ]);
});

it('a run with a baseline prints what changed before its table, and exits 1 if anything became worse', async () => {
  const run = (out: string, ...more: string[]): Promise<Finished> =>
    cli(['run', 'register', '--firewall', '0', '--suite', 'aes', '--out', join(folder, out), ...more]);
  const first = join(folder, 'first');
  expect((await run('first')).exitCode).toBe(0);
  const same = await run('same', '--baseline', first);
  expect(same.exitCode).toBe(0);
  const [told, table] = ['1 cell compared: no change', 'Which step got through'].map((words) =>
    same.stdout.indexOf(words),
  );
  expect(told).toBeGreaterThan(0);
  expect(table).toBeGreaterThan(told!);
  // A baseline in which every claim was confirmed by that cell.
  const stored = resultIn(first);
  const better = {
    ...stored,
    claims: stored.claims.map((one) => ({ ...one, verdict: 'confirmed', cells: [stored.cells[0]!.id] })),
  };
  writeFileSync(join(folder, 'better.json'), JSON.stringify(better));
  const worse = await run('worse', '--baseline', join(folder, 'better.json'));
  expect(worse.stdout).toMatch(/^worse {4}claim \w+: confirmed → untested$/m);
  expect(worse.exitCode).toBe(1);
});
