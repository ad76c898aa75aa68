import { text } from 'node:stream/consumers';
import { builtInBoxes } from '../../nodes';
import type { StartedLab } from './backend';
import { netns } from './netns';

/** What somebody else's command can do to a lab on namespaces. */

const topology = {
  networks: [{ id: 'access', subnet: '10.89.0.0/24' }],
  nodes: [
    ...['ends', 'floods', 'grows', 'moves', 'forges'].map((id, index) => ({
      id,
      kind: 'ue',
      interfaces: [{ network: 'access', ip: `10.89.0.${index + 2}` }],
      routes: [],
      forwards: false,
    })),
  ],
};
const limits = { memory: 64 * 1024 ** 2, processes: 20 };

let lab: StartedLab;
beforeAll(async () => (lab = await netns.start(topology, { names: {}, boxes: builtInBoxes })));
afterAll(() => lab[Symbol.asyncDispose]());

async function run(node: string, command: string): Promise<{ exitCode: number; out: string; err: string }> {
  const process = lab.node(node).program(['sh', '-c', command], {
    environment: { WORD: 'told' },
    confinement: { capabilities: [], limits },
  });
  const [exitCode, out, err] = await Promise.all([
    process.exited,
    text(process.stdout),
    text(process.stderr),
  ]);
  return { exitCode, out, err };
}

it('has its environment, ends with its exit status, and what it has left ends with it', async () => {
  // Were the sleeper still there, it would hold the output open for as long as it sleeps.
  expect(await run('ends', 'setsid sleep 3600 & echo $WORD; exit 7')).toEqual({
    exitCode: 7,
    out: 'told\n',
    err: '',
  });
});

it('is ended when it has too many processes', async () => {
  const { exitCode, err } = await run('floods', 'for i in $(seq 60); do setsid sleep 3600 & done; wait');
  expect(exitCode).toBe(1);
  expect(err).toMatch(/^it was ended because it took \d\d processes, more than 20\n$/);
});

it('is ended when it takes too much memory', async () => {
  const { exitCode, err } = await run('grows', `perl -e '$all = "x" x 100_000_000; sleep 3600'`);
  expect(exitCode).toBe(1);
  expect(err).toMatch(/^it was ended because it took \d+ KiB of memory, more than 65536\n$/);
});

it('cannot take addresses that are not its own, and opens ports below 1024', async () => {
  const { exitCode, err } = await run(
    'moves',
    `perl -MIO::Socket::INET -e 'IO::Socket::INET->new(Listen => 1, LocalPort => 443) or die $!' && ip addr add 10.89.0.99/24 dev eth0`,
  );
  expect(exitCode).toBe(2);
  expect(err).toBe('RTNETLINK answers: Operation not permitted\n');
});

it('cannot send packets from addresses that are not its own', async () => {
  const raw = 'socket(my $s, AF_INET, SOCK_RAW, IPPROTO_RAW) or print STDERR "raw: $!\\n";';
  const foreign =
    'IO::Socket::INET->new(Proto => "udp", LocalAddr => "10.89.0.99") or print STDERR "bound: $!\\n"';
  const { err } = await run('forges', `perl -MSocket=:all -MIO::Socket::INET -e '${raw} ${foreign}'`);
  expect(err).toBe('raw: Operation not permitted\nbound: Cannot assign requested address\n');
});
