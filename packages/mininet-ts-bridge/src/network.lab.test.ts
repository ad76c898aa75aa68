import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { once } from 'node:events';
import { spawnSync } from 'node:child_process';
import { bridgeError } from './expect-error';
import { isRunning, nsenterArgv, startNetwork, Topo, type Network } from './index';
import { searchPath } from './programs';

/** Two subnets, each two switches wide, and a host between them that forwards. */
function routed(forwards: boolean): Topo {
  return new Topo()
    .host('h1', { ip: '10.0.0.1/24', routes: [{ to: 'default', via: '10.0.0.254' }] })
    .host('h2', { ip: '10.1.0.2/24', routes: [{ to: 'default', via: '10.1.0.254' }] })
    .host('r', { forwards })
    .switch('s1')
    .switch('s2')
    .switch('s3')
    .link('s1', 's2')
    .link('h1', 's1')
    .link({ node: 'r', ip: '10.0.0.254/24', interfaceName: 'left' }, 's2')
    .link({ node: 'r', ip: '10.1.0.254/24', interfaceName: 'right' }, 's3')
    .link('h2', 's3');
}

const ping = (target: string): string[] => ['ping', '-n', '-c', '1', '-W', '1', target];

describe('a network with a forwarding host', () => {
  let net: Network;
  beforeAll(async () => {
    net = await startNetwork(routed(true), { names: { 'www.example': '10.1.0.2' }, tmpfs: ['/mnt'] });
  });
  afterAll(() => net.stop());

  test('carries packets across switches and hosts', async () => {
    expect(await net.pingAll()).toEqual({ sent: 6, received: 6, lossPercent: 0, failures: [] });
  });

  test('knows the hosts and the names it was given', async () => {
    expect((await net.host('h1').run(ping('www.example'))).split('\n')[0]).toContain(
      'www.example (10.1.0.2)',
    );
    expect((await net.host('h2').run(ping('h1'))).split('\n')[0]).toContain('h1 (10.0.0.1)');
  });

  test('has no IPv6 addresses, and so no noise on the links', async () => {
    expect(await net.host('h1').run(['ip', '-6', '-o', 'address', 'show', 'dev', 'h1-eth0'])).toBe('');
    expect(await net.switchNamespace.run(['ip', '-6', '-o', 'address', 'show', 'scope', 'link'])).toBe('');
  });

  test('tells the interface of an address', async () => {
    expect(net.host('r').interfaceOf('10.1.0.254')).toBe('right');
    expect(net.host('r').interfaces).toEqual([
      { name: 'left', ip: '10.0.0.254', prefix: 24, link: 2 },
      { name: 'right', ip: '10.1.0.254', prefix: 24, link: 3 },
    ]);
    expect(await bridgeError(() => net.host('r').interfaceOf('10.9.9.9'))).toEqual({
      code: 'ADDRESS_NOT_USABLE',
      message: 'host r has no address 10.9.9.9; it has 10.0.0.254, 10.1.0.254',
    });
    expect(await bridgeError(() => net.host('h9'))).toEqual({
      code: 'UNKNOWN_NODE',
      message: 'there is no host "h9" in this network; it has h1, h2, r',
    });
  });

  test('gives commands input, folder and environment, and their output and exit code back', async () => {
    const script = 'cat; pwd; echo "$WORD"; echo oops >&2; exit 3';
    expect(
      await net.host('h1').exec(['sh', '-c', script], { input: 'in\n', cwd: '/run', env: { WORD: 'hi' } }),
    ).toEqual({ exitCode: 3, stdout: 'in\n/run\nhi\n', stderr: 'oops\n' });
  });

  test('gives a command the environment of the caller, or only the one that it is given', async () => {
    process.env['NETWORK_LAB_TEST'] = 'mine';
    try {
      const script = ['sh', '-c', 'echo "${NETWORK_LAB_TEST-none} ${PATH:+path}"'];
      expect((await net.host('h1').exec(script)).stdout).toBe('mine path\n');
      expect((await net.host('h1').exec(script, { env: {} })).stdout).toBe('none path\n');
    } finally {
      delete process.env['NETWORK_LAB_TEST'];
    }
  });

  test('gives a command a umask and limits of its own, whoever starts it', async () => {
    const umask = process.umask(0o077);
    try {
      const net2 = await startNetwork(new Topo().host('h1'));
      try {
        const script = 'umask; ulimit -c; ulimit -n; stat -c %a /run/hosts /run/netns';
        const { stdout } = await net2.host('h1').exec(['sh', '-c', script]);
        expect(stdout).toBe('0022\n0\n4096\n644\n755\n');
      } finally {
        await net2.stop();
      }
    } finally {
      process.umask(umask);
    }
  });

  test('answers 127 for a program or a folder that is not there', async () => {
    expect(await net.host('h1').exec(['no-such-program'])).toEqual({
      exitCode: 127,
      stdout: '',
      stderr: 'no-such-program: No such file or directory\n',
    });
    expect(await net.host('h1').exec(['true'], { cwd: '/no/such' })).toEqual({
      exitCode: 127,
      stdout: '',
      stderr: '/no/such: No such file or directory\n',
    });
  });

  test('runs many commands at once, and mixes none of their streams up', async () => {
    const numbers = Array.from({ length: 60 }, (_, index) => index);
    const results = await Promise.all(
      numbers.map((number) =>
        net
          .host(number % 2 ? 'h1' : 'h2')
          .exec(['sh', '-c', `cat; ip -4 -br addr show scope global >&2; exit ${number}`], {
            input: String(number),
          }),
      ),
    );
    expect(results).toEqual(
      numbers.map((number) => ({
        exitCode: number,
        stdout: String(number),
        stderr: expect.stringContaining(number % 2 ? ' 10.0.0.1/24 ' : ' 10.1.0.2/24 ') as string,
      })),
    );
  });

  test('passes a megabyte through a command, both ways', async () => {
    const input = randomBytes(1 << 20).toString('base64');
    expect((await net.host('h1').exec(['cat'], { input })).stdout).toBe(input);
  });

  test.each(['stdin', 'stdout', 'stderr'] as const)(
    'ends a command whose %s was destroyed before it had started',
    async (stream) => {
      const command = net.host('h1').spawn(['true']);
      command[stream].destroy();
      expect(await command.exited).toBe(0);
    },
  );

  test('takes nothing from programs in the network that connect to where streams are taken', async () => {
    const rogue = (greeting: string): string[] => [
      ...['perl', '-MSocket', '-e'],
      `socket S, PF_UNIX, SOCK_STREAM, 0; connect S, pack_sockaddr_un("/run/.mininet-ts-bridge") or die;
       syswrite S, "${greeting}"; syswrite STDOUT, "up"; sleep 1000`,
    ];
    const rogues = ['', 'nonsense\\n', `${'0'.repeat(32)} 1 1\\n`].map((greeting) =>
      net.host('h1').spawn(rogue(greeting)),
    );
    await Promise.all(rogues.map(({ stdout }) => once(stdout, 'data')));
    expect(await net.host('h2').run(['echo', 'still'])).toBe('still\n');
    await Promise.all(rogues.map((one) => one.stop()));
  });

  test('refuses a signal that Linux does not have, and goes on', async () => {
    const command = net.host('h1').spawn(['sleep', '1000']);
    expect(await bridgeError(() => command.kill('SIGINFO'))).toMatchObject({ code: 'COMMAND_FAILED' });
    await command.stop();
    expect(await command.exited).toBe(143);
  });

  test('leaves a command no file but its three streams', async () => {
    const { stdout } = await net.host('h1').exec(['ls', '/proc/self/fd']);
    // The last is the folder that is listed.
    expect(stdout).toBe('0\n1\n2\n3\n');
  });

  test('leaves a command no signal ignored or blocked', async () => {
    const { stdout } = await net.host('h1').exec(['grep', '-E', '^Sig(Blk|Ign):', '/proc/self/status']);
    expect(stdout).toBe('SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
  });

  test('runs commands that have to succeed', async () => {
    expect(await bridgeError(() => net.host('h1').run(['sh', '-c', 'echo no >&2; exit 4']))).toEqual({
      code: 'COMMAND_FAILED',
      message: '"sh -c echo no >&2; exit 4" in h1 ended with exit code 4: no',
    });
  });

  test('ends a command that takes too long, and what it started', async () => {
    const error = await bridgeError(() =>
      net.host('h1').exec(['sh', '-c', 'sleep 7777 & sleep 7777'], { timeoutMs: 100 }),
    );
    expect(error).toEqual({
      code: 'COMMAND_TIMED_OUT',
      message:
        '"sh -c sleep 7777 & sleep 7777" in h1 did not end within 100 ms and was killed; allow it more time',
    });
    expect(await sleepers(net, '7777')).toEqual([]);
  });

  test('runs programs as root that may change to another user', async () => {
    expect(
      await net.host('h1').run(['setpriv', '--reuid', '1', '--regid', '1', '--clear-groups', 'id', '-u']),
    ).toBe('1\n');
  });

  test('shows files of its own file systems to the outside, which has none of them', async () => {
    writeFileSync(net.path('/run/note'), 'from outside');
    expect(await net.host('h2').run(['cat', '/run/note'])).toBe('from outside');
    await net.host('h2').run(['sh', '-c', 'echo inside >/mnt/here']);
    expect(readFileSync(net.path('/mnt/here'), 'utf8')).toBe('inside\n');
    expect(() => readFileSync('/mnt/here')).toThrow('ENOENT');
    expect(() => readFileSync('/run/note')).toThrow('ENOENT');
  });

  test('can be entered by another process that only has the handle', () => {
    const handle: unknown = JSON.parse(JSON.stringify(net.handle));
    expect(handle).toEqual(net.handle);
    const [program = '', ...args] = nsenterArgv(net.handle, { host: 'r', cwd: '/run' }, [
      'ip',
      '-br',
      'addr',
    ]);
    const { stdout } = spawnSync(program, args, {
      encoding: 'utf8',
      env: { ...process.env, PATH: searchPath() },
    });
    expect(stdout).toMatch(/^right@\S+ +UP +10\.1\.0\.254\/24 *$/m);
    expect(isRunning(net.handle)).toBe(true);
  });

  test('lets a process talk while it runs', async () => {
    const cat = net.host('h1').spawn(['cat']);
    cat.stdin.write('hello');
    const [chunk] = (await once(cat.stdout, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('hello');
    cat.stdin.end();
    expect(await cat.exited).toBe(0);
  });

  test('stops a process by SIGTERM, which it may answer', async () => {
    const polite = net
      .host('h1')
      .spawn(['sh', '-c', 'trap "echo bye; exit 5" TERM; echo up; sleep 8888 & wait']);
    let output = '';
    polite.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await once(polite.stdout, 'data');
    await polite.stop();
    expect([await polite.exited, output]).toEqual([5, 'up\nbye\n']);
    expect(await sleepers(net, '8888')).toEqual([]);
  });

  test('stops a process by SIGKILL that does not answer SIGTERM, and what it started', async () => {
    const stubborn = net.host('h1').spawn(['sh', '-c', 'trap "" TERM; echo up; sleep 9999; sleep 9999']);
    await once(stubborn.stdout, 'data');
    await stubborn.stop(50);
    // 128 + 9
    expect(await stubborn.exited).toBe(137);
    expect(await sleepers(net, '9999')).toEqual([]);
  });

  test('stops a process whose output is read slowly, and nothing of that is lost', async () => {
    const bytes = 192 * 1024;
    const talker = net
      .host('h1')
      .spawn(['sh', '-c', `head -c ${bytes} /dev/zero; echo done >&2; sleep 7777`]);
    let taken = 0;
    const slow = new Writable({
      write(chunk: Buffer, _encoding, done) {
        taken += chunk.length;
        setTimeout(done, 300);
      },
    });
    const copied = pipeline(talker.stdout, slow);
    await once(talker.stderr, 'data');
    await talker.stop();
    await copied;
    expect(taken).toBe(bytes);
  });

  test('lets go of output that a process which left the group holds open', async () => {
    const parent = net.host('h1').spawn(['sh', '-c', 'setsid sh -c "echo up; exec sleep 6666" & wait']);
    await once(parent.stdout, 'data');
    await parent.stop();
    // 128 + 15
    expect(await parent.exited).toBe(143);
    expect(await sleepers(net, '6666')).toHaveLength(1);
  });

  test('clears away processes whose parent did not wait for them', async () => {
    const orphan = (await net.host('h1').run(['sh', '-c', 'sleep 0.05 >/dev/null 2>&1 & echo $!'])).trim();
    // A zombie would keep its folder in /proc for as long as the network runs.
    const gone = 'i=0; while [ -e "/proc/$0" ]; do i=$((i + 1)); [ $i -gt 300 ] && exit 1; sleep 0.01; done';
    expect(await net.host('h1').exec(['sh', '-c', gone, orphan])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('sends a process a signal of choice', async () => {
    const process = net
      .host('h1')
      .spawn(['sh', '-c', 'trap "exit 6" USR1; echo up; while :; do sleep 0.01; done']);
    await once(process.stdout, 'data');
    await process.kill('SIGUSR1');
    expect(await process.exited).toBe(6);
  });

  test('reports a process that ends by a signal as a shell does', async () => {
    expect((await net.host('h1').exec(['sh', '-c', 'kill -TERM $$'])).exitCode).toBe(143);
  });
});

/** Process ids of `sleep SECONDS` in the network; zombies have no command line. */
async function sleepers(net: Network, seconds: string): Promise<string[]> {
  const script = `for f in /proc/[0-9]*/cmdline; do
    [ "$(tr '\\0' ' ' <"$f" 2>/dev/null)" = "sleep ${seconds} " ] && echo "$f"
  done; true`;
  return (await net.switchNamespace.run(['sh', '-c', script])).split('\n').filter((line) => line !== '');
}

test('a host that does not forward keeps the subnets apart', async () => {
  const net = await startNetwork(routed(false));
  try {
    const { failures } = await net.pingAll();
    // h1 and h2 reach r on either side; r's first address, which h2 pings, is its own without forwarding.
    expect(failures).toEqual(
      expect.arrayContaining([
        { from: 'h1', to: 'h2' },
        { from: 'h2', to: 'h1' },
      ]),
    );
    expect(failures).toHaveLength(2);
  } finally {
    await net.stop();
  }
});

test('hosts can be wired to each other without a switch', async () => {
  const topo = new Topo()
    .host('a', { ip: '10.0.0.1/30' })
    .host('b', { ip: '10.0.0.2/30' })
    .link({ node: 'a', interfaceName: 'eth0' }, { node: 'b', interfaceName: 'eth0' });
  const net = await startNetwork(topo);
  try {
    expect((await net.pingAll()).lossPercent).toBe(0);
  } finally {
    await net.stop();
  }
});

test('a stopped network takes no commands and has ended its processes', async () => {
  const net = await startNetwork(new Topo().host('h'));
  const left = net.host('h').spawn(['sh', '-c', 'echo up; exec sleep 1000']);
  await once(left.stdout, 'data');
  await net.stop();
  await net.stop();
  expect(await left.exited).toBe(137);
  expect(isRunning(net.handle)).toBe(false);
  expect(await bridgeError(() => net.host('h').exec(['true']))).toEqual({
    code: 'NETWORK_STOPPED',
    message: 'the network was stopped; start it again before running commands in it',
  });
});

test('a network stops although nobody takes what a command has said', async () => {
  const net = await startNetwork(new Topo().host('h'));
  const talker = net.host('h').spawn(['yes']);
  talker.stdout.once('data', () => talker.stdout.pause());
  await once(talker.stdout, 'pause');
  await net.stop();
  expect(await talker.exited).toBe(137);
});

test('a command that is being started when the network ends is told as killed, and its output ends without an error', async () => {
  const net = await startNetwork(new Topo().host('h'));
  const commands = Array.from({ length: 20 }, () => net.host('h').spawn(['sh', '-c', 'exec sleep 1000']));
  const outputs = commands.map((command) => text(command.stdout));
  await net.stop();
  expect(await Promise.all(commands.map(({ exited }) => exited))).toEqual(commands.map(() => 137));
  expect(await Promise.all(outputs)).toEqual(commands.map(() => ''));
});

test('a command that is stopped (SIGSTOP) ends when it is told to, and with the network', async () => {
  const net = await startNetwork(new Topo().host('h'));
  const start = async () => {
    const one = net.host('h').spawn(['sh', '-c', 'echo $$; exec sleep 1000']);
    const [pid] = (await once(one.stdout, 'data')) as [Buffer];
    await one.kill('SIGSTOP');
    // Of two signals that wait for a process the kernel takes the lower number first, which is SIGTERM.
    const isStopped = `grep -q '^State:.T' /proc/${pid.toString().trim()}/status`;
    await net.host('h').run(['timeout', '30', 'sh', '-c', `until ${isStopped}; do :; done`]);
    return one;
  };
  const [told, left] = [await start(), await start()];
  await told.stop(100);
  expect(await told.exited).toBe(137);
  await net.stop();
  expect(await left.exited).toBe(137);
});

test("a network whose owner stops it has its processor time counted as the owner's children's", async () => {
  const program = `
    const { startNetwork, Topo } = require(${JSON.stringify(require.resolve('./index'))});
    (async () => {
      const net = await startNetwork(new Topo().host('h'));
      const busy = net.host('h').spawn(['sh', '-c', 'i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done; times; exec sleep 1000']);
      busy.stdout.setEncoding('utf8').once('data', async (own) => {
        await net.stop();
        process.stdout.write(own.split('\\n')[0]);
      });
    })();`;
  const script = '"$@"; echo; times';
  const { stdout } = spawnSync('sh', ['-c', script, 'sh', process.execPath, '-e', program], {
    encoding: 'utf8',
  });
  const [own = '', , all = ''] = stdout.split('\n');
  const seconds = (times: string): number =>
    [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
      (sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest),
      0,
    );
  expect(seconds(own)).toBeGreaterThan(0.05);
  expect(seconds(all)).toBeGreaterThan(seconds(own));
});

test('two networks of the same topology run side by side and know nothing of each other', async () => {
  const [one, two] = await Promise.all([startNetwork(routed(true)), startNetwork(routed(true))]);
  try {
    const [first, second] = await Promise.all([one.pingAll(), two.pingAll()]);
    expect([first.lossPercent, second.lossPercent]).toEqual([0, 0]);
  } finally {
    await Promise.all([one.stop(), two.stop()]);
  }
});
