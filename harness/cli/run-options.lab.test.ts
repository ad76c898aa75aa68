import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJournal } from '../journal/reader';
import { reduce } from '../journal/reduce';
import { cli, packetsIn, resultIn, temporaryFolder } from '../testing/cli';
import type { RunResult } from '../judge/result';

const folder = temporaryFolder();

async function run(
  name: string,
  ...args: string[]
): Promise<{ result: RunResult; stdout: string; out: string }> {
  const out = join(folder, name);
  const { exitCode, stdout, stderr } = await cli(['run', ...args, '--out', out]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return { result: resultIn(out), stdout, out };
}

const rungs = (result: RunResult, cell: string): string[] =>
  result.cells.find(({ id }) => id === cell)!.attempts.map(({ step, via }) => `${step} ${via}`);

it('--ladder stop climbs as a UE does: on only when a step fails, by CONNECT where there is a proxy', async () => {
  const { result } = await run('stop', '--ladder', 'stop', '--suite', 'aes', '--firewall', '0,1,6,8');
  expect(rungs(result, '0/register/aes')).toEqual(['1 udp:5060']);
  expect(rungs(result, '1/register/aes')).toEqual(['1 udp:5060', '2 udp:5060']);
  expect(rungs(result, '6/register/aes')).toEqual(['1 udp:5060', '2 udp:5060', '2 tls:5061', '3 tls:443']);
  expect(rungs(result, '8/register/aes')).toEqual([
    '1 udp:5060',
    '2 udp:5060',
    '2 tls:5061',
    '3 connect:443',
  ]);
  expect(rungs(result, '6/relay/aes')).toEqual(['2 udp:3478', '2 tcp:3478', '2 tls:5349', '3 tcp:80']);
  expect(rungs(result, '8/relay/aes')).toEqual(['2 udp:3478', '2 tcp:3478', '2 tls:5349', '3 connect:443']);
});

it('--step and --suite leave the rest out, --repeat repeats; --reporter markdown prints that document alone', async () => {
  const some = ['register', '--firewall', '3', '--suite', 'modern', '--step', '3', '--repeat', '2'];
  const { result, stdout, out } = await run('some', ...some, '--reporter', 'markdown');
  expect(stdout).toBe(readFileSync(join(out, 'table.md'), 'utf8'));
  expect(result.cells.map(({ id }) => id)).toEqual(['3/register/modern']);
  expect(result.cells[0]!.attempts.map(({ round, via, verdict }) => [round, via, verdict])).toEqual([
    [1, 'tls:443', 'passed'],
    [2, 'tls:443', 'passed'],
  ]);
});

it('--calls-at-once 1 has no two cells talk at the same time', async () => {
  const calls = ['call', '--firewall', '3,5', '--media-seconds', '1', '--calls-at-once', '1'];
  const { out } = await run('calls', ...calls);
  const first = new Map(
    readJournal(out).events.flatMap((event) =>
      event.type === 'attempt' ? [[event.attempt.id, event.cell] as const] : [],
    ),
  );
  const cells = [...first.values()];
  // Each cell tries four rungs, one after the other.
  const turns = cells.filter((id, index) => id !== cells[index - 1]);
  expect(cells).toHaveLength(16);
  expect(turns.sort()).toEqual(['3/call/aes', '3/call/null', '5/call/aes', '5/call/null']);
});

it('a catalogue that rejects instead of dropping is judged by its rules too; --reporter json prints the result alone', async () => {
  const reject = ['register', '--catalogue', rejecting(), '--suite', 'null', '--reporter', 'json'];
  const { result, stdout, out } = await run('reject', ...reject);
  expect(stdout).toBe(readFileSync(join(out, 'result.json'), 'utf8'));
  const [cell] = result.cells;
  expect(cell!.attempts.map(({ via, verdict }) => [via, verdict])).toEqual([
    ['udp:5060', 'blocked'],
    ['udp:5060', 'blocked'],
    ['tls:5061', 'blocked'],
    ['tls:443', 'passed'],
  ]);
});

function rejecting(): string {
  const file = join(folder, 'rejecting.yaml');
  const text = `firewalls:
  - id: polite
    title: says no
    summary: answers what it does not let through
    knobs: { udp: none, tcp: { only: [80, 443] }, verdict: reject }
`;
  writeFileSync(file, text);
  return file;
}

it('leaves results, readable captures, logs, configurations and keys, and only the document on standard output', async () => {
  const { out, stdout } = await run('files', '--firewall', '8', '--reporter', 'junit');
  expect(stdout).toBe(readFileSync(join(out, 'junit.xml'), 'utf8'));
  expect(readdirSync(out).sort()).toEqual([
    ...[
      'captures',
      'events.jsonl',
      'junit.xml',
      'keys.log',
      'nodes',
      'report.html',
      'result.json',
      'table.md',
    ],
  ]);
  // Each event fits the schema, and together they make the result.
  const { events, isTorn } = readJournal(out);
  expect(isTorn).toBe(false);
  expect(reduce(events)).toEqual(resultIn(out));
  expect(new Set(events.map(({ type }) => type))).toEqual(
    new Set([
      ...['run-began', 'versions', 'network-ready', 'cell-began', 'flow', 'drop', 'attempt'],
      ...['capture-read', 'cell-ended', 'run-ended'],
    ]),
  );
  expect(packetsIn(join(out, 'captures/8-ue-side.pcap'))).toContain('10.89.8.2.');
  // The NAPT stands between the two sides.
  expect(packetsIn(join(out, 'captures/8-core-side.pcap'))).not.toContain('10.89.8.');
  expect(readFileSync(join(out, 'nodes/proxy-8.log'), 'utf8')).toContain('TCP_TUNNEL/200 CONNECT pcscf.');
  expect(readFileSync(join(out, 'keys.log'), 'utf8')).toMatch(/^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]+$/m);
  for (const name of [
    'fw-8/ruleset.nft',
    'proxy-8/squid.conf',
    'pcscf/kamailio.cfg',
    'turn.log',
    'ue-8/ue.json',
  ])
    expect(existsSync(join(out, 'nodes', name))).toBe(true);
});

it('--reporter github annotates and adds to the summary page', async () => {
  const summary = join(folder, 'summary.md');
  const args = ['run', 'register', '--firewall', '0', '--step', '1', '--reporter', 'github'];
  const { stdout } = await cli([...args, '--out', join(folder, 'github')], {
    env: { GITHUB_STEP_SUMMARY: summary },
  });
  expect(stdout).toMatch(/^::notice title=nimsfw-lab::2 cells in \d+\.\d s: 2 expected, [^\n]*\n$/);
  expect(readFileSync(summary, 'utf8').trim()).toBe(
    readFileSync(join(folder, 'github/table.md'), 'utf8').trim(),
  );
});

it('--help names every command', async () => {
  const { exitCode, stdout } = await cli(['--help']);
  expect(exitCode).toBe(0);
  const commands = [
    'run',
    'up',
    'ps',
    'exec',
    'shell',
    'capture',
    'logs',
    'down',
    'firewall',
    'topology',
    'doctor',
  ];
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
});

it('tells its version', async () => {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8')) as {
    version: string;
  };
  expect(await cli(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

describe('looking without a lab', () => {
  it.each([['0'], ['1'], ['9'], ['closed'], ['intercepting']])(
    'firewall show %s --nft is a ruleset that nft takes',
    async (id) => {
      const { stdout } = await cli(['firewall', 'show', id, '--nft']);
      const argv = [
        '--net',
        ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
        'nft',
        '-c',
        '-f',
        '-',
      ];
      const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
      expect(spawnSync('unshare', argv, { input: stdout, encoding: 'utf8', env })).toMatchObject({
        status: 0,
        stderr: '',
      });
    },
  );

  it('firewall list --json is the catalogue', async () => {
    const { stdout } = await cli(['firewall', 'list', '--json']);
    const ids = (JSON.parse(stdout) as { id: string }[]).map(({ id }) => id);
    expect(ids).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'closed', 'intercepting']);
  });

  it('firewall list says what is reconstruction', async () => {
    expect((await cli(['firewall', 'list'])).stdout).toContain(
      'Types 1-9 are a reconstruction: TR 33.830 was never approved and its table is not available.',
    );
  });

  it('topology show --json has the addresses of the catalogue places, whatever is chosen', async () => {
    const { stdout } = await cli(['topology', 'show', '--firewall', '6', '--json']);
    const { nodes } = JSON.parse(stdout) as { nodes: { id: string; interfaces: { ip: string }[] }[] };
    expect(nodes.find(({ id }) => id === 'ue-6')?.interfaces).toEqual([
      { network: 'access-6', ip: '10.89.6.2' },
    ]);
  });

  it('topology export gives a graph, and a script that Python reads', async () => {
    expect((await cli(['topology', 'export', '--format', 'dot'])).stdout).toMatch(
      /^graph nimsfw \{\n[^]*\n\}\n$/,
    );
    const { stdout } = await cli(['topology', 'export', '--format', 'mininet']);
    const check = 'import ast, sys; ast.parse(sys.stdin.read())';
    expect(spawnSync('/usr/bin/python3', ['-c', check], { input: stdout }).status).toBe(0);
  });

  it('doctor finds this machine fit', async () => {
    const { exitCode, stdout } = await cli(['doctor', '--json']);
    const findings = JSON.parse(stdout) as { id: string; ok: boolean; level: string }[];
    expect(exitCode).toBe(0);
    expect(findings.filter(({ ok, level }) => !ok && level === 'required')).toEqual([]);
  });
});

it('where no scenario is named, what has nothing to be measured is named and left out', async () => {
  const out = join(folder, 'left-out');
  const aka = ['--security', 'aka', '--firewall', '0', '--suite', 'aes'];
  const { exitCode, stderr } = await cli(['run', ...aka, '--out', out]);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr:
      'nimsfw: relay is left out: it has nothing at step 1, 2, 3 with the security aka; choose another with --security, or other steps with --step [LEFT_OUT]\n',
  });
  expect(resultIn(out).cells.map(({ id }) => id)).toEqual(['0/register/aes/aka']);
});
