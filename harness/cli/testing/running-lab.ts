import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  cli,
  finished,
  nimsfw as bin,
  packetsIn,
  startCli,
  startOnTerminal,
  type Finished,
} from '../../testing/cli';
import type { Place } from '../../testing/places';
import { family, leftOf, until } from '../../testing/processes';

/** A node as `nimsfw ps --json` prints it. */
export interface Node {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly addresses: readonly { ip: string; network: string }[];
  readonly ports: readonly number[];
}

/** Returns the address of a node on a network. */
export const addressOf = (all: readonly Node[], id: string, network: string): string =>
  all.find((node) => node.id === id)!.addresses.find((address) => address.network === network)!.ip;

/** `nimsfw` in a place, and the commands with which tests use a running lab. */
export interface LabCommands {
  readonly nimsfw: (args: readonly string[], input?: string) => Promise<Finished>;
  readonly inNode: (node: string, ...argv: string[]) => Promise<Finished>;
  /** Runs `openssl s_client` in a node, which prints a line for each fact about the connection. */
  readonly sClient: (node: string, ...args: string[]) => Promise<Finished>;
  readonly nodes: () => Promise<Node[]>;
  /** Resolves with the first line of a node's log that matches. */
  readonly deniedBy: (node: string, pattern: RegExp) => Promise<string>;
}

/** Returns the commands for the lab that is kept in a place. */
export function commandsIn(place: Place): LabCommands {
  const nimsfw = (args: readonly string[], input?: string): Promise<Finished> =>
    cli(args, { place, ...(input === undefined ? {} : { input }) });

  const inNode = (node: string, ...argv: string[]): Promise<Finished> =>
    nimsfw(['exec', node, '--', ...argv]);

  const sClient = (node: string, ...args: string[]): Promise<Finished> =>
    inNode(node, 'openssl', 's_client', '-brief', '-CAfile', 'trust.pem', '-verify_return_error', ...args);

  async function nodes(): Promise<Node[]> {
    return JSON.parse((await nimsfw(['ps', '--json'])).stdout) as Node[];
  }

  async function deniedBy(firewall: string, pattern: RegExp): Promise<string> {
    let log = '';
    await until(
      async () => {
        log = (await nimsfw(['logs', firewall])).stdout;
        return pattern.test(log);
      },
      `${String(pattern)} in the log of ${firewall}`,
    );
    return log.split('\n').find((line) => pattern.test(line))!;
  }
  return { nimsfw, inNode, sClient, nodes, deniedBy };
}

/**
 * Tests `nimsfw up` and the commands for the lab that it keeps, in the same way on every backend. What a
 * command does independently of the backend is tested on one backend only (`lab.lab.test.ts`).
 *
 * @param at the place of the lab, and a folder for files
 * @param more further tests of this backend on the same lab, which they must not change
 */
export function describeRunningLab(
  backend: string,
  { place, folder }: { readonly place: Place; readonly folder: string },
  more: () => void,
): void {
  const { nimsfw, inNode, sClient, nodes, deniedBy } = commandsIn(place);
  let up: Finished;

  beforeAll(async () => {
    up = await nimsfw(['up', '--backend', backend, '--firewall', '6,8']);
  });
  afterAll(() => nimsfw(['down']));

  test('up says that it stands and what to try', () => {
    expect({ exitCode: up.exitCode, stderr: up.stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [told, hint] = up.stdout.trim().split('\n').slice(-2);
    // The lab has six nodes of the core, two UEs, two firewalls, and the proxy of type 8.
    expect(told).toMatch(/^The lab is up \(11 nodes, \d+\.\d s\)\.$/);
    expect(hint).toBe('Try: nimsfw shell ue-6, nimsfw logs -f fw-6; nimsfw down ends it.');
  });

  test('ps --json has the documented shape and nothing else', async () => {
    const all = await nodes();
    for (const node of all) {
      expect(Object.keys(node)).toEqual(['id', 'kind', 'state', 'addresses', 'ports']);
      expect(node.state).toBe('running');
      for (const address of node.addresses) {
        expect(Object.keys(address)).toEqual(['ip', 'network']);
        expect(address.ip).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      }
    }
    expect(Object.fromEntries(all.map(({ id, kind, ports }) => [id, [kind, ...ports]]))).toEqual({
      pcscf: ['pcscf', 443, 5060, 5061],
      hss: ['hss', 3868],
      'ims-core': ['ims-core', 5060, 5062],
      'scc-as': ['scc-as', 5060],
      turn: ['turn', 80, 443, 3478, 5349],
      peer: ['peer', 7000],
      'fw-6': ['firewall'],
      'ue-6': ['ue'],
      'fw-8': ['firewall'],
      'ue-8': ['ue'],
      'proxy-8': ['proxy', 3128],
    });
    expect(all.find(({ id }) => id === 'fw-6')?.addresses.map(({ network }) => network)).toEqual([
      'access-6',
      'transit',
    ]);
  });

  test('exec runs in the folder of the node, passes input and output on and exits as the command does', async () => {
    expect(await inNode('ue-6', 'sh', '-c', 'pwd; echo oh >&2; exit 7')).toEqual({
      exitCode: 7,
      stdout: '/run/nimsfw/ue-6\n',
      stderr: 'oh\n',
    });
    expect((await nimsfw(['exec', 'ue-6', '--', 'cat'], 'what is piped in')).stdout).toBe('what is piped in');
    expect((await inNode('ue-6', 'no-such-program')).exitCode).toBe(127);
    // 128 + SIGKILL
    expect((await inNode('ue-6', 'sh', '-c', 'kill -9 $$')).exitCode).toBe(137);
  });

  test('exec is in the network of the node', async () => {
    const ip = addressOf(await nodes(), 'ue-6', 'access-6');
    expect((await inNode('ue-6', 'ip', '-4', '-br', 'address')).stdout).toMatch(
      new RegExp(`^lo .*\\neth0@\\S+ +UP +${ip}/24 *\\n$`),
    );
  });

  test('Ctrl-C at a terminal is for the command, which decides what comes of it', async () => {
    const command = `trap "echo caught; exit 4" INT; echo "on"; while :; do sleep 0.05; done`;
    const typed = startOnTerminal([
      ...place,
      process.execPath,
      bin,
      'exec',
      'ue-6',
      '--',
      'sh',
      '-c',
      command,
    ]);
    let screen = '';
    typed.stdout!.on('data', (chunk: Buffer) => (screen += chunk.toString()));
    // Two terminals in a row both add a CR.
    await until(() => /on\r+\n/.test(screen), 'the command to begin');
    typed.stdin!.write('\x03');
    expect((await once(typed, 'close'))[0]).toBe(4);
    // The command gets one Ctrl-C, from the terminal; nimsfw does not send another.
    expect(screen.split('caught')).toHaveLength(2);
  });

  test('exec ends its command when it is ended itself', async () => {
    const child = startCli(
      ['exec', 'ue-6', '--', 'sh', '-c', 'trap "exit 9" TERM; echo on; while :; do sleep 0.05; done'],
      {
        place,
      },
    );
    await once(child.stdout!, 'data');
    const pids = family(child.pid!).map(({ pid }) => pid);
    child.kill('SIGTERM');
    expect((await finished(child)).exitCode).toBe(9);
    await until(() => leftOf(pids).length === 0, 'the command to end');
  });

  test('shell is a shell in the node, through a pipe and on a terminal', async () => {
    expect(await nimsfw(['shell', 'ue-6'], 'pwd\nexit 5\n')).toEqual({
      exitCode: 5,
      stdout: '/run/nimsfw/ue-6\n',
      stderr: '',
    });
    // The terminal echoes the prompt and the line.
    const typed = startOnTerminal([...place, process.execPath, bin, 'shell', 'ue-6'], { TERM: 'dumb' });
    let screen = '';
    typed.stdout!.on('data', (chunk: Buffer) => (screen += chunk.toString()));
    await until(() => /ue-6:\/run\/nimsfw\/ue-6[#$] /.test(screen), 'the prompt');
    typed.stdin!.write('tty; exit 6\n');
    const [code] = (await once(typed, 'close')) as [number];
    expect(code).toBe(6);
    expect(screen).not.toContain('not a tty');
    expect(screen).not.toContain('job control');
  });

  test('behind type 6, TLS on 443 reaches the P-CSCF and its certificate is that of the run', async () => {
    const { exitCode, stderr } = await sClient('ue-6', '-connect', 'pcscf:443');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Verification: OK');
  });

  test('behind type 6 nothing comes from 5061, and the log names the rule and the packet', async () => {
    const all = await nodes();
    const [ue, pcscf] = [addressOf(all, 'ue-6', 'access-6'), addressOf(all, 'pcscf', 'transit')];
    const child = startCli(
      ['exec', 'ue-6', '--', 'openssl', 's_client', '-brief', '-connect', 'pcscf:5061'],
      {
        place,
      },
    );
    const end = finished(child);
    const line = await deniedBy('fw-6', /5061/);
    child.kill('SIGTERM');
    // The command was still waiting for the connection, because nothing answers a dropped packet.
    expect(await end).toEqual({ exitCode: 143, stdout: '', stderr: '' });
    expect(line).toMatch(
      new RegExp(
        `^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z tcp-port-not-allowed: tcp ${ue}:\\d+ > ${pcscf}:5061 TCP SYN$`,
      ),
    );
  });

  test('the rules of the firewall can be read in it', async () => {
    const { stdout } = await inNode('fw-6', 'nft', 'list', 'ruleset');
    expect(stdout).toContain('log prefix "tcp-port-not-allowed" group 5');
  });

  test('captures write what passes on either side of a firewall, of the inside where no link is named', async () => {
    const links = [
      { link: 'fw-6:transit', network: 'transit' },
      { link: 'fw-6', network: 'access-6' },
    ];
    const captures = links.map(({ link, network }) => {
      const file = join(folder, `${network}.pcap`);
      const child = startCli(['capture', link, '-w', file], { place });
      const told: string[] = [];
      child.stderr!.on('data', (chunk: Buffer) => told.push(chunk.toString()));
      return { network, file, child, told: () => told.join('') };
    });
    for (const { told } of captures)
      await until(() => told().includes('listening on'), 'the captures to listen');
    await sClient('ue-6', '-connect', 'pcscf:443');
    const all = await nodes();
    for (const { network, file, child, told } of captures) {
      await until(() => statSync(file).size > 2000, `the packets of a TLS handshake on ${network}`);
      child.kill('SIGINT');
      expect((await finished(child)).exitCode).toBe(0);
      const ip = addressOf(all, 'fw-6', network);
      expect(told().split('\n')[0]).toBe(`Capturing fw-6:${network} (${ip}); Ctrl-C ends.`);
      // Type 6 rewrites addresses, so the sender is the firewall outside and the UE inside.
      const source = network === 'transit' ? ip : addressOf(all, 'ue-6', network);
      expect(packetsIn(file)).toMatch(new RegExp(`IP ${source}\\.\\d+ > \\S+\\.443: Flags \\[S\\]`));
    }
  });

  more();

  test('a node whose program died is told as exited', async () => {
    // The exit code is not checked, since it depends on the backend: a container may end with its program.
    await inNode('turn', 'sh', '-c', 'kill -9 $(cat turn.pid)');
    await until(
      async () => (await nodes()).some(({ id, state }) => id === 'turn' && state === 'exited'),
      'ps to tell that turn exited',
    );
    expect((await nodes()).filter(({ state }) => state === 'exited').map(({ id }) => id)).toEqual(['turn']);
  });
}
