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
