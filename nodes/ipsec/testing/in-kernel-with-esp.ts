import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { makerNames, type MakerName } from '../protocol';
import { End, type Start } from './end';
import { combinations, seenByOther, setBetween } from './sets';

/**
 * Runs in a kernel that has ESP: two networks with a veth between them, `ipsec` with one maker in one and with another
 * in the other, and conversations over every mode with every algorithm, in both directions. It prints what came of
 * each in a line of JSON that begins with `result `.
 */
const addresses = { ue: '10.77.0.2', pcscf: '10.77.0.1', nowhere: '10.77.0.99' } as const;

const startIn =
  (network: string): Start =>
  (argv) => {
    const child = spawn('ip', ['netns', 'exec', network, ...argv], { stdio: 'pipe' });
    return {
      ...{ stdin: child.stdin, stdout: child.stdout, stderr: child.stderr },
      kill: (signal) => void child.kill(signal),
      stop: async () => {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        await exited;
      },
    };
  };

const ip = (commands: string): string => execFileSync('ip', ['-batch', '-'], { input: commands }).toString();

async function converse(ue: MakerName, pcscf: MakerName): Promise<unknown> {
  const [one, other] = await Promise.all([
    End.start(startIn('ue'), addresses.ue, `/run/ue-${ue}-${pcscf}.sock`, ue),
    End.start(startIn('pcscf'), addresses.pcscf, `/run/pcscf-${ue}-${pcscf}.sock`, pcscf),
  ]);
  const conversations = [];
  for (const [number, combination] of combinations.entries()) {
    const set = setBetween(addresses.ue, addresses.pcscf, number, combination);
    await one.open(set);
    // The P-CSCF is told a wrong place of the UE, as it is behind an NAPT, and learns the right one from the first packet.
    await other.open({ ...seenByOther(set), outer: { ip: addresses.nowhere, port: 9 } });
    // A kernel that learns the right place from this makes its SAs anew, and what it answers meanwhile is lost.
    if (combination.mode === 'UDP-enc-tun') await one.ask(set, 'udp', 10, 1000);
    const passed: boolean[] = [];
    for (const [end, its] of [
      [one, set],
      [other, seenByOther(set)],
    ] as const)
      passed.push(
        await end.ask(its, 'udp', 300),
        await end.ask(its, 'udp', 9000),
        await end.ask(its, 'tcp', 20_000),
      );
    conversations.push({ ...combination, passed });
  }
  const lists = [await one.list(), await other.list()];
  const counted = lists.map(({ sets, unknownSpi, udpChecksumErrors }) => ({
    packets: sets.every(({ in: into, out }) => [...into, ...out].every(({ packets }) => packets > 0)),
    bad: sets.flatMap(({ in: into }) =>
      into.flatMap(({ badIcv, replayed, badInnerChecksum }) => [badIcv, replayed, badInnerChecksum]),
    ),
    ...{ unknownSpi, udpChecksumErrors },
  }));
  await one.stop();
  await other.stop();
  const left = ['ue', 'pcscf'].map((network) =>
    ['xfrm state', 'xfrm policy', 'rule show protocol 203']
      .map((what) => execFileSync('ip', ['-n', network, ...what.split(' ')]).toString())
      .join(''),
  );
  return { ue, pcscf, conversations, counted, left };
}

async function main(): Promise<void> {
  ip(`netns add ue
netns add pcscf
link add name veth-ue netns ue type veth peer name veth-pcscf netns pcscf
`);
  for (const network of ['ue', 'pcscf'] as const)
    execFileSync('ip', ['-n', network, '-batch', '-'], {
      input: `link set lo up
addr add ${addresses[network]}/24 dev veth-${network}
link set veth-${network} up
`,
    });
  for (const ue of makerNames)
    for (const pcscf of makerNames) {
      if (ue === pcscf) continue;
      process.stdout.write(`result ${JSON.stringify(await converse(ue, pcscf))}\n`);
    }
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stdout.write(`failed ${error.message}\n`);
    process.exit(1);
  },
);
