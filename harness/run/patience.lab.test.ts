import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { cli, resultIn, temporaryFolder, verdictsOf } from '../testing/cli';

/**
 * Patience check: waiting every timer of SIP, STUN and TCP out gives the same verdicts as ending on evidence. A subset
 * that has each kind of drop and stays short: step 1 and 2 (Timer F, 32 s; the kernel's SYN timers), TURN over UDP
 * (39.5 s), and the readable REGISTER behind the proxy.
 */

const subsets: readonly (readonly string[])[] = [
  ['register', '--firewall', '1,3', '--step', '1,2', '--suite', 'aes'],
  ['relay', '--firewall', '4', '--step', '2', '--suite', 'null'],
  ['register', '--firewall', '9', '--step', '3', '--suite', 'null'],
];
const folder = temporaryFolder();

/**
 * The lab's word can make a difference only to an attempt that has several ways and passes by one of them though another was
 * refused: so calls, MSRP sessions, moves and keep-alives, where something is shut but the signalling. Type 5 shuts STUN,
 * 7 also TURN on TCP 80, 8 whatever goes out directly; the last shuts STUN and TURN and leaves host to host. What is blocked
 * with its signalling is in the subsets above.
 */
const ownWays = join(folder, 'own-ways.yaml');
writeFileSync(
  ownWays,
  stringify({
    firewalls: [
      {
        ...{ id: 'host', title: 'no TURN', summary: 'UDP from host to host, and no way to the TURN server' },
        knobs: {
          ...{ napt: true, unsolicitedInbound: 'deny' },
          ...{ udp: { except: [3478] }, tcp: { only: [5061] } },
        },
      },
    ],
  }),
);
const severalWays: readonly (readonly string[])[] = [
  [
    ...['call', 'msrp', 'keepalive', 'access-change', '--firewall', '5,7,8', '--move', '7:8,8:7'],
    ...['--step', '3', '--ladder', 'stop', '--suite', 'aes', '--idle-seconds', '3'],
  ],
  ['call', '--catalogue', ownWays, '--step', '2', '--suite', 'aes'],
];

it.concurrent.each(severalWays.map((args, index) => [args[0] ?? '', args, index] as const))(
  'what passes by another way: %s',
  async (_title, args, index) => {
    const outs = [`${folder}/ways-evidence-${index}`, `${folder}/ways-rfc-${index}`] as const;
    const common = ['run', ...args, '--media-seconds', '1', '--reporter', 'json'];
    const runs = await Promise.all([
      cli([...common, '--out', outs[0]]),
      cli([...common, '--out', outs[1], '--patience', 'rfc']),
    ]);
    expect(runs.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual([
      { exitCode: 0, stderr: '' },
      { exitCode: 0, stderr: '' },
    ]);
    const [evidence, rfc] = outs.map(resultIn);
    expect(verdictsOf(rfc!)).toEqual(verdictsOf(evidence!));
    expect(new Set(Object.values(verdictsOf(rfc!)))).toEqual(new Set(['passed']));
    // These are cells to which the lab's word could have made a difference.
    const calls = evidence!.cells
      .filter(({ scenario }) => scenario === 'call')
      .flatMap((cell) => cell.attempts);
    expect(calls.length).toBeGreaterThan(0);
    for (const attempt of calls)
      expect(attempt.evidence).toContainEqual(expect.objectContaining({ kind: 'drop', decisive: true }));
  },
  400_000,
);

it.concurrent.each(subsets.map((args, index) => [args.join(' '), args, index] as const))(
  '%s',
  async (_title, args, index) => {
    const outs = [`${folder}/evidence-${index}`, `${folder}/rfc-${index}`] as const;
    const runs = await Promise.all([
      cli(['run', ...args, '--out', outs[0], '--reporter', 'json']),
      cli(['run', ...args, '--out', outs[1], '--reporter', 'json', '--patience', 'rfc']),
    ]);
    expect(runs.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual([
      { exitCode: 0, stderr: '' },
      { exitCode: 0, stderr: '' },
    ]);
    const [evidence, rfc] = outs.map(resultIn);
    expect(verdictsOf(rfc!)).toEqual(verdictsOf(evidence!));
    expect(Object.values(verdictsOf(rfc!))).toContain('blocked');
    // The patient run did wait: none of its blocked attempts was ended early.
    const ends = rfc!.cells.flatMap((cell) => cell.attempts).map(({ witness }) => witness.end);
    expect(ends).not.toContain('abandoned');
  },
  400_000,
);
