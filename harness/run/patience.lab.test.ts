import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { notAsExpected } from '../../scenarios/testing/cells';
import type { RunResult } from '../judge/result';
import { cli, resultIn, temporaryFolder, verdictsOf } from '../testing/cli';

/**
 * Patience check: waiting for every timer of SIP, STUN and TCP gives the same verdicts as ending on evidence.
 * The subset has each kind of drop and stays short: steps 1 and 2 (Timer F, 32 s; the kernel's SYN timers),
 * TURN over UDP (39.5 s), and the readable REGISTER behind the proxy.
 */

const subsets: readonly (readonly string[])[] = [
  ['register', '--firewall', '1,3', '--step', '1,2', '--suite', 'aes'],
  ['relay', '--firewall', '4', '--step', '2', '--suite', 'null'],
  ['register', '--firewall', '9', '--step', '3', '--suite', 'null'],
];
const folder = temporaryFolder();

/** Runs the same arguments in both ways, first ending on evidence. */
async function bothWays(name: string, args: readonly string[]): Promise<RunResult[]> {
  const outs = [`${folder}/evidence-${name}`, `${folder}/rfc-${name}`] as const;
  const runs = await Promise.all([
    cli(['run', ...args, '--reporter', 'json', '--out', outs[0]]),
    cli(['run', ...args, '--reporter', 'json', '--out', outs[1], '--patience', 'rfc']),
  ]);
  expect(runs.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual([
    { exitCode: 0, stderr: '' },
    { exitCode: 0, stderr: '' },
  ]);
  const results = outs.map(resultIn);
  expect(verdictsOf(results[1]!)).toEqual(verdictsOf(results[0]!));
  return results;
}

/** Expects that the lab ended none of the attempts: each waited for as long as the RFCs' timers say. */
function expectPatient(result: RunResult): void {
  const ends = result.cells.flatMap((cell) => cell.attempts).map(({ witness }) => witness.end);
  expect(ends).not.toContain('abandoned');
}

/**
 * With `--patience evidence` the lab can only change the result of an attempt that registers; the subsets below
 * have those whose signalling is blocked. So every service is played on every type at the steps at which the
 * type lets a UE register. Some attempts there pass by one of several ways although another was refused. Moves
 * are between types that refuse differently; the control types let nobody register.
 * scenarios/services.lab.test.ts shows that each is also as expected on evidence.
 */
const services = ['relay', 'message', 'call', 'msrp', 'access-change', 'keepalive'];

it.concurrent.each([
  ['--firewall', '0,1,2', '--step', '2', '--move', '0:1,1:2'],
  ['--firewall', '0,3,4,5,6,7,8,9', '--step', '3', '--move', '3:9,4:6,5:8,7:5,8:7'],
])(
  'every service is as expected without the word of the lab: %s %s %s %s',
  async (...args) => {
    const out = `${folder}/services-${args[3]}`;
    const common = ['--ladder', 'stop', '--suite', 'aes', '--media-seconds', '1', '--patience', 'rfc'];
    const { exitCode, stderr } = await cli([
      ...['run', ...services, ...args, ...common],
      ...['--reporter', 'json', '--out', out],
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const result = resultIn(out);
    expect(notAsExpected(result)).toEqual([]);
    // Each service once on each type, and every move.
    expect(result.cells.filter(({ traversedAt }) => traversedAt === null)).toEqual([]);
    expect(result.cells).toHaveLength(5 * args[1].split(',').length + args[5].split(',').length);
    expectPatient(result);
  },
  400_000,
);

it.concurrent(
  'a call passes from host to host though every way to the TURN server is refused',
  async () => {
    const catalogue = join(folder, 'own-ways.yaml');
    const id = { id: 'host', title: 'no TURN', summary: 'UDP from host to host, no way to the TURN server' };
    const knobs = {
      ...{ napt: true, unsolicitedInbound: 'deny' },
      ...{ udp: { except: [3478] }, tcp: { only: [5061] } },
    };
    writeFileSync(catalogue, stringify({ firewalls: [{ ...id, knobs }] }));
    const args = ['call', '--catalogue', catalogue, '--step', '2', '--suite', 'aes', '--media-seconds', '1'];
    const [evidence] = await bothWays('own-ways', args);
    const attempts = evidence!.cells.flatMap((cell) => cell.attempts);
    expect(attempts.map(({ verdict }) => verdict)).toEqual(['passed', 'passed']);
    // The lab could have ended these attempts early on this evidence.
    for (const attempt of attempts)
      expect(attempt.evidence).toContainEqual(expect.objectContaining({ kind: 'drop', decisive: true }));
  },
  400_000,
);

it.concurrent.each(subsets.map((args, index) => [args.join(' '), args, index] as const))(
  '%s',
  async (_title, args, index) => {
    const [, rfc] = await bothWays(`${index}`, args);
    expect(Object.values(verdictsOf(rfc!))).toContain('blocked');
    expectPatient(rfc!);
  },
  400_000,
);
