import { join } from 'node:path';
import type { AttemptResult, RunResult } from '../judge/result';
import { netns } from '../lab/netns';
import { builtInBoxes } from '../../nodes';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { makePlan } from '../plan/plan';
import { temporaryFolder } from '../testing/cli';
import { foreignFirewall, foreignProxy } from '../testing/foreign-boxes';
import { run } from './run';

/**
 * Our own firewall and our own proxy, played as somebody else's: neither tells the lab anything. What they do is
 * observed, and has to give the verdicts that the knobs let one expect, as their logs do.
 */

const folder = temporaryFolder();

const playedBy = (name: string, options: Partial<Parameters<typeof makePlan>[0]>, stopped: string[] = []) =>
  run({
    plan: makePlan({
      catalogue: builtInCatalogue,
      firewalls: builtInCatalogue,
      scenarios: ['register', 'relay'],
      suites: ['aes', 'null'],
      steps: [1, 2, 3],
      patience: 'evidence',
      timers: 'rfc',
      ladder: 'all',
      repeat: 1,
      ...options,
    }),
    backend: netns,
    boxes: builtInBoxes.with(foreignFirewall, foreignProxy),
    out: join(folder, name),
    reporter: {},
    versions: Promise.resolve({}),
    command: [],
    tool: Promise.resolve({ version: '' }),
    faults: { stopped },
  });

const attemptsOf = (result: RunResult): AttemptResult[] => result.cells.flatMap(({ attempts }) => attempts);

it('the verdicts of the whole table stay the same, and rest on what was seen', async () => {
  const result = await playedBy('table', {});
  const verdicts = (of: 'verdict' | 'expected'): string[] =>
    attemptsOf(result).map((attempt) => `${attempt.id} ${attempt[of]}`);
  expect(verdicts('verdict')).toEqual(verdicts('expected'));
  expect(new Set(result.cells.map(({ outcome }) => outcome))).toEqual(new Set(['expected']));

  const kinds = new Set(attemptsOf(result).flatMap(({ evidence }) => evidence.map(({ kind }) => kind)));
  expect(kinds).not.toContain('drop');
  const end = (id: string): AttemptResult | undefined => attemptsOf(result).find((one) => one.id === id);
  expect(end('6/register/aes/2-tls:5061')?.reason).toMatch(
    /^fw-6 took TCP SYN in and never let it out, \d+ times \[rule unknown\]$/,
  );
  // The proxy's own connection, behind the NAPT, tied to the attempt by what the proxy was seen to do.
  expect(end('9/register/null/3-connect:443')?.evidence).toContainEqual(
    expect.objectContaining({
      kind: 'vanished',
      decisive: true,
      matchedBy: 'connect-leg',
      packet: expect.objectContaining({ summary: 'SIP REGISTER, readable in a TLS record' }) as unknown,
      missingIn: 'captures/9-firewall-outside.pcap',
    }),
  );
  expect(end('intercepting/register/aes/3-connect:443')?.evidence).toContainEqual(
    expect.objectContaining({ kind: 'proxy-resigned', bumpMode: 'bump', accepted: false }),
  );
  expect(result.claims.filter(({ verdict }) => verdict === 'contradicted')).toEqual([]);
});

it('so do those of AKA, where what the firewall takes in is ESP', async () => {
  const result = await playedBy('aka', {
    firewalls: builtInCatalogue.filter(({ id }) => ['0', '1', '2', '3', '4', '5'].includes(id)),
    scenarios: ['register'],
    suites: ['aes'],
    securities: ['aka'],
  });
  expect(result.cells.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual(
    result.cells.map(({ id }) => `${id} expected`),
  );
  // Type 2 lets UDP through and no other protocol but TCP.
  const refused = attemptsOf(result).find(({ id }) => id === '2/register/aes/aka/1-esp:5060');
  expect(refused).toMatchObject({ verdict: 'blocked', expected: 'blocked' });
  expect(refused?.evidence).toContainEqual(
    expect.objectContaining({
      ...{ kind: 'vanished', decisive: true, matchedBy: 'esp-spi' },
      socket: expect.objectContaining({ protocol: 'esp' }) as unknown,
    }),
  );
});

it('a server that is gone is no firewall that drops: nothing vanished', async () => {
  const result = await playedBy(
    'stopped',
    {
      firewalls: builtInCatalogue.filter(({ id }) => ['1', '8'].includes(id)),
      scenarios: ['register'],
      suites: ['aes'],
      steps: [2, 3],
    },
    ['pcscf'],
  );
  const wouldPass = attemptsOf(result).filter(({ expected }) => expected === 'passed');
  expect(wouldPass.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
    '1/register/aes/2-udp:5060 failed',
    '1/register/aes/2-tls:5061 failed',
    '1/register/aes/3-tls:443 failed',
    '8/register/aes/3-connect:443 failed',
  ]);
});
