import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportMininet, startNetwork, Topo } from './index';
import { searchPath } from './programs';

/** Two subnets with a host between them, and one link with everything that a kernel without netem can do. */
function routed(forwards: boolean): Topo {
  return new Topo()
    .host('h1', { ip: '10.0.0.1/24', routes: [{ to: 'default', via: '10.0.0.254' }] })
    .host('h2', { ip: '10.1.0.2/24', routes: [{ to: '10.0.0.0/24', via: '10.1.0.254' }] })
    .host('r', { forwards })
    .switch('left')
    .switch('middle')
    .switch('right')
    .link('left', 'middle')
    .link('h1', 'left', { bw: 10 })
    .link({ node: 'r', ip: '10.0.0.254/24', interfaceName: 'inner' }, 'middle')
    .link({ node: 'r', ip: '10.1.0.254/24', interfaceName: 'outer' }, 'right')
    .link('h2', 'right');
}

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the exported script in Debian's Mininet. Mininet makes its switches and their ports where it is started and
 * raises the machine's limits, so it gets namespaces of its own; the user namespace makes the limits unreachable.
 */
function runInMininet(script: string, args: readonly string[]): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'bridge-mininet-'));
  const file = join(folder, 'exported.py');
  writeFileSync(file, script);
  const namespaces = '--user --map-root-user --net --mount --pid --fork --kill-child --mount-proc'.split(' ');
  return new Promise<Outcome>((resolve) => {
    execFile(
      'unshare',
      [...namespaces, '/usr/bin/python3', file, ...args],
      { env: { ...process.env, PATH: searchPath() }, timeout: 60_000 },
      (error, stdout, stderr) => resolve({ exitCode: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    );
  }).finally(() => rmSync(folder, { recursive: true }));
}

describe('the exported script in real Mininet', () => {
  test('pings across switches and the forwarding host', async () => {
    const { exitCode, stdout } = await runInMininet(exportMininet(routed(true)), ['--test', '--time']);
    const lines = stdout.trim().split('\n');
    expect({ exitCode, lines }).toEqual({
      exitCode: 0,
      lines: [expect.stringMatching(/^start \d+\.\d{3} stop \d+\.\d{3}$/), '0% lost'],
    });
  });

  test('pings the pairs that it is asked for, and fails when one is not reached', async () => {
    const { exitCode, stdout, stderr } = await runInMininet(exportMininet(routed(false)), [
      '--test',
      'h1:r',
      'h1:h2',
    ]);
    expect([exitCode, stdout]).toEqual([1, '50% lost\n']);
    expect(stderr).toContain('h1 does not reach h2 (10.1.0.2)');
  });

  test('has the same interfaces, addresses, routes and forwarding as the network here', async () => {
    const names = ['h1', 'h2', 'r'];
    const command =
      "ip -4 -o address show scope global | awk '{print $2, $4}'; ip route; cat /proc/sys/net/ipv4/ip_forward";
    // In place of the pings, each host shows what it has.
    const script = exportMininet(routed(true)).replace(
      'loss = lost(net, options.test)',
      `print(*(net.get(name).cmd(${JSON.stringify(command)}) for name in ${JSON.stringify(names)}))`,
    );
    const { stdout } = await runInMininet(script, ['--test']);
    const net = await startNetwork(routed(true));
    try {
      const here = await Promise.all(names.map((name) => net.host(name).run(['sh', '-c', command])));
      expect(here.join('')).toContain('inner 10.0.0.254/24');
      expect(words(stdout)).toEqual(words(`${here.join('')}0% lost`));
    } finally {
      await net.stop();
    }
  });
});

/** The terminal that Mininet talks through changes line ends and blanks only. */
function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
