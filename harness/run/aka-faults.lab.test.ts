import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { builtInBoxes } from '../../nodes';
import type { Boxes } from '../../nodes/box';
import { hss } from '../../nodes/hss/hss';
import { exitCodeOf } from '../cli/exit-code';
import type { RunResult } from '../judge/result';
import { netns } from '../lab/netns';
import type { LabFaults } from '../lab/ims-lab';
import { makePlan } from '../plan/plan';
import { finished, resultIn, startCli, temporaryFolder } from '../testing/cli';
import { signalNode, until } from '../testing/processes';
import { run, type RunOptions } from './run';

/**
 * Registration by IMS AKA in a lab that is itself at fault: an attempt that the firewall would have let through is
 * `failed` or `inconclusive` with the reason, and never `blocked`.
 */

const folder = temporaryFolder();

interface Lab extends Partial<Pick<RunOptions, 'checkUp' | 'reporter'>> {
  readonly firewalls: readonly string[];
  readonly boxes?: Boxes;
  readonly faults?: LabFaults;
}

async function runWith(name: string, { firewalls, reporter = {}, ...more }: Lab): Promise<RunResult> {
  const plan = makePlan({
    ...{ catalogue: builtInCatalogue, scenarios: ['register'], suites: ['aes'], securities: ['aka'] },
    firewalls: builtInCatalogue.filter(({ id }) => firewalls.includes(id)),
    ...{ steps: [1, 2], patience: 'evidence', timers: 'rfc', ladder: 'all', repeat: 1 },
  });
  return run({
    ...{ plan, backend: netns, out: join(folder, name), reporter, ...more },
    ...{ versions: Promise.resolve({}), command: [], tool: Promise.resolve({ version: '' }) },
  });
}

const endsOf = ({ cells }: RunResult, firewall: string): string[] =>
  cells
    .filter((cell) => cell.firewall === firewall)
    .flatMap(({ attempts }) => attempts.map(({ via, verdict, reason }) => `${via} ${verdict}: ${reason}`));

/** The HSS, to which the K of ue-0 is another one, for which the SQN of ue-1 is far ahead, and which does not know ue-2. */
const spoiledHss: typeof hss = {
  ...hss,
  configure: (lab, node) => {
    const config = hss.configure(lab, node);
    const subscribers = config.subscribers.flatMap((one) => {
      switch (one.impi.slice(0, 4)) {
        case 'ue-0':
          return [{ ...one, card: { ...one.card!, k: randomBytes(16).toString('hex') } }];
        case 'ue-1':
          // TS 33.102 C.2.1: no USIM accepts a leap of more than 2^28 in SEQ.
          return [{ ...one, card: { ...one.card!, sqn: '7f0000000000' } }];
        case 'ue-2':
          return [];
        default:
          return [one];
      }
    });
    return { ...config, subscribers };
  },
};

const logOf = (name: string, node: string): string =>
  readFileSync(join(folder, name, 'nodes', `${node}.log`), 'utf8');

describe('an HSS that does not fit the cards', () => {
  let result: RunResult;

  beforeAll(async () => {
    result = await runWith('cards', { firewalls: ['0', '1', '2'], boxes: builtInBoxes.with(spoiledHss) });
  });

  it('with another K is a network that the UE does not trust', () => {
    const why = "the network's AUTN fails its MAC: it does not know the subscriber's key (NETWORK_UNTRUSTED)";
    expect(endsOf(result, '0')).toEqual([`esp:5060 failed: ${why}`, `esp-udp:4500 failed: ${why}`]);
  });

  it('with an SQN far ahead is synchronised, and the verdicts are those of the firewall', () => {
    expect(endsOf(result, '1')).toEqual([
      expect.stringMatching(/^esp:5060 blocked: ESP in transport mode came through the NAPT/),
      'esp-udp:4500 passed: got through',
    ]);
    expect(logOf('cards', 'hss')).toMatch(/ ue-1@.*, resynchronised at SQN 000000000000, /);
  });

  it('without the subscriber is one that refuses it', () => {
    const why = 'REGISTER was answered with 403 User Unknown (SIP_REFUSED)';
    expect(endsOf(result, '2')).toEqual([`esp:5060 failed: ${why}`, `esp-udp:4500 failed: ${why}`]);
  });

  it('blames no firewall, and decides no claim against it', () => {
    expect(exitCodeOf(result)).toBe(1);
    expect(result.claims.filter(({ verdict }) => verdict === 'contradicted')).toEqual([]);
  });
});

it('a stopped HSS is a failure of the lab, and what a firewall drops stays dropped', async () => {
  const result = await runWith('stopped', { firewalls: ['0', '3'], faults: { stopped: ['hss'] } });
  const why = 'REGISTER was answered with 504 Server Time-out (SIP_REFUSED)';
  expect(endsOf(result, '0')).toEqual([`esp:5060 failed: ${why}`, `esp-udp:4500 failed: ${why}`]);
  expect(endsOf(result, '3')).toEqual([
    expect.stringMatching(/^esp:5060 blocked: .* \[sip-ports\]$/),
    expect.stringMatching(/^esp-udp:4500 blocked: .* \[sip-ports\]$/),
  ]);
});

it('an HSS that hangs is named, and what needs it is inconclusive', async () => {
  const hangUp = ({ type }: { readonly type: string }): void => {
    if (type === 'attempt') signalNode(process.pid, 'hss', 'node', 'SIGSTOP');
  };
  const result = await runWith('hanging', {
    firewalls: ['0'],
    // A node that hangs does so for good, so the lab need not wait as long as for one that is slow.
    ...{ checkUp: { everyMs: 8000, answersWithinMs: 2000 }, reporter: { onEvent: hangUp } },
  });
  const why = expect.stringMatching(
    /^hss runs, but has not answered a connection at [\d.]+:3868 for 2 s; look at its log$/,
  ) as string;
  expect(result.run.outages).toEqual([
    expect.objectContaining({ node: 'hss', code: 'NOT_ANSWERING', text: why }),
  ]);
  expect(result.cells.flatMap(({ attempts }) => attempts.map(({ verdict }) => verdict))).toEqual([
    'passed',
    'inconclusive',
  ]);
});

describe('a program that is killed during a run', () => {
  it.each([
    ['pcscf', 'ipsec.js', 'the ipsec of pcscf'],
    ['ue-0', 'ipsec.js', 'the ipsec of ue-0'],
    ['hss', 'hss.js', 'hss'],
  ])('at %s, %s, is named, and what needs it is inconclusive', async (node, script, name) => {
    const out = join(folder, `killed-${node}`);
    const child = startCli([
      ...['run', 'register', 'call', '--suite', 'aes', '--security', 'aka', '--media-seconds', '60'],
      ...['--firewall', '0', '--step', '1', '--reporter', 'verbose', '--out', out],
    ]);
    let text = '';
    for (const output of [child.stdout!, child.stderr!])
      output.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const end = finished(child);
    const isRegistered = (): boolean => /register\/aes\/aka {2}step/.test(text) || child.exitCode !== null;
    await until(isRegistered, 'the attempt to register', 60_000);
    // The call would talk for a minute.
    signalNode(child.pid!, node, 'node', 'SIGKILL', script);
    const { exitCode, stderr } = await end;
    const words = `${name} was killed (SIGKILL); look whether the machine ran out of memory`;
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: `nimsfw: ${words}; what needs it cannot be judged, the rest goes on [NODE_DIED]\n`,
    });
    const { cells, run: of } = resultIn(out);
    expect(of.outages).toEqual([expect.objectContaining({ node, code: 'NODE_DIED', text: words })]);
    expect(
      cells.map(({ id, outcome, attempts }) => [id, outcome, attempts.map(({ reason }) => reason)]),
    ).toEqual([
      ['0/register/aes/aka', 'expected', ['got through']],
      ['0/call/aes/aka', 'inconclusive', [words]],
    ]);
  });
});
