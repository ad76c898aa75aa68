import { bridgeError } from './expect-error';
import { startNetwork, Topo, type LinkOptions, type Network } from './index';

async function withLink<T>(
  options: LinkOptions,
  use: (net: Network) => Promise<T>,
  wired = viaSwitch,
): Promise<T> {
  const net = await startNetwork(wired(options));
  try {
    return await use(net);
  } finally {
    await net.stop();
  }
}

function viaSwitch(options: LinkOptions): Topo {
  return new Topo()
    .host('a', { ip: '10.0.0.1/24' })
    .host('b', { ip: '10.0.0.2/24' })
    .switch('s1')
    .link('a', 's1', options)
    .link('b', 's1');
}

function direct(options: LinkOptions): Topo {
  return new Topo().host('a', { ip: '10.0.0.1/24' }).host('b', { ip: '10.0.0.2/24' }).link('a', 'b', options);
}

function betweenSwitches(options: LinkOptions): Topo {
  return new Topo()
    .host('a', { ip: '10.0.0.1/24' })
    .host('b', { ip: '10.0.0.2/24' })
    .switch('s1')
    .switch('s2')
    .link('a', 's1')
    .link('s1', 's2', options)
    .link('s2', 'b');
}

const shapes = [
  ['a link to a switch', viaSwitch],
  ['a link between hosts', direct],
  ['a link between switches', betweenSwitches],
] as const;

/** How many of `count` pings were answered. */
async function answered(net: Network, count: number): Promise<number> {
  const { stdout } = await net
    .host('a')
    .exec(['ping', '-n', '-q', '-c', String(count), '-i', '0.005', '-W', '1', '10.0.0.2']);
  const received = /(\d+) received/.exec(stdout)?.[1];
  if (received === undefined) throw new Error(`no statistics in: ${stdout}`);
  return Number(received);
}

describe.each(shapes)('loss on %s', (_what, wired) => {
  test('of 0 % loses nothing', async () => {
    expect(await withLink({ loss: 0 }, (net) => answered(net, 50), wired)).toBe(50);
  });

  test('of 100 % loses everything', async () => {
    expect(await withLink({ loss: 100 }, (net) => answered(net, 3), wired)).toBe(0);
  });

  test('of 30 % in each direction loses 51 % of the round trips', async () => {
    // 400 trips, each passed with 0.7 * 0.7 = 0.49: 196 expected, standard deviation 10; five of them to either side.
    // The neighbours know each other beforehand, for a lost ARP request holds several pings up.
    const received = await withLink(
      { loss: 30 },
      async (net) => {
        const macs = await Promise.all(['a', 'b'].map((name) => macOf(net, name)));
        await net
          .host('a')
          .run(['ip', 'neigh', 'replace', '10.0.0.2', 'lladdr', macs[1] ?? '', 'dev', 'a-eth0']);
        await net
          .host('b')
          .run(['ip', 'neigh', 'replace', '10.0.0.1', 'lladdr', macs[0] ?? '', 'dev', 'b-eth0']);
        return answered(net, 400);
      },
      wired,
    );
    expect(received).toBeGreaterThan(146);
    expect(received).toBeLessThan(246);
  });
});

async function macOf(net: Network, name: string): Promise<string> {
  const text = await net.host(name).run(['ip', '-o', 'link', 'show', 'dev', `${name}-eth0`]);
  return /link\/ether (\S+)/.exec(text)?.[1] ?? '';
}

test("a host's own ruleset has no part in the loss, so that flushing it changes nothing", async () => {
  const received = await withLink({ loss: 100 }, async (net) => {
    await net.host('a').run(['nft', 'flush', 'ruleset']);
    return answered(net, 3);
  });
  expect(received).toBe(0);
});

/** Programs that move bytes from b to a over TCP; the receiver prints how many came, and in how many milliseconds. */
function sender(bytes: number): string {
  return `require('net').createServer((s) => s.end(Buffer.alloc(${bytes}))).listen(80, () => console.log('up'))`;
}
const receiver = `const at = performance.now(); let n = 0;
  require('net').connect(80, '10.0.0.2').on('data', (d) => (n += d.length))
    .on('end', () => console.log(n, performance.now() - at))`;

test('a loss takes single TCP segments, not 64 KiB at once', async () => {
  // From b, whose own link is not shaped, to a. Without a limit a veth counts a large send as one packet.
  const net = await startNetwork(viaSwitch({ loss: 0.0001 }));
  try {
    const server = net.host('b').spawn([process.execPath, '-e', sender(1_000_000)]);
    await new Promise((resolve) => server.stdout.once('data', resolve));
    await net.host('a').run([process.execPath, '-e', receiver], { timeoutMs: 30_000 });
    const statistics = await net.host('a').run(['cat', '/proc/net/dev']);
    const [bytes = 0, packets = 1] = (/a-eth0:(.*)/.exec(statistics)?.[1] ?? '')
      .trim()
      .split(/ +/)
      .map(Number);
    expect(bytes).toBeGreaterThan(1_000_000);
    // An Ethernet frame without its checksum: 1500 + 14 bytes.
    expect(bytes / packets).toBeLessThanOrEqual(1514);
  } finally {
    await net.stop();
  }
});

test('bw holds a TCP transfer back', async () => {
  // 1 MB at 8 Mbit/s takes 1 s; the burst of 10 ms and rounding stay far below the allowance of 10 %.
  const bytes = 1_000_000;
  const output = await withLink({ bw: 8 }, async (net) => {
    const server = net.host('b').spawn([process.execPath, '-e', sender(bytes)]);
    await new Promise((resolve) => server.stdout.once('data', resolve));
    return net.host('a').run([process.execPath, '-e', receiver], { timeoutMs: 30_000 });
  });
  const [received, milliseconds] = output.trim().split(' ').map(Number);
  expect(received).toBe(bytes);
  expect(milliseconds).toBeGreaterThan(900);
});

test('delay is added, or refused where the kernel has no netem', async () => {
  const hasNetem = await withLink({}, async (net) => {
    const { exitCode } = await net.switchNamespace.exec(['tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem']);
    return exitCode === 0;
  });
  if (hasNetem) {
    // 40 ms each way.
    const text = await withLink({ delay: 40 }, (net) =>
      net.host('a').run(['ping', '-n', '-c', '1', '10.0.0.2']),
    );
    expect(Number(/time=([\d.]+) ms/.exec(text)?.[1])).toBeGreaterThanOrEqual(80);
  } else {
    expect(await bridgeError(() => withLink({ delay: 40 }, () => Promise.resolve()))).toEqual({
      code: 'UNSUPPORTED_BY_KERNEL',
      message:
        'link a - s1: delay needs the netem queueing discipline, which this kernel does not have; ' +
        'load the module sch_netem or leave delay out',
    });
  }
});
