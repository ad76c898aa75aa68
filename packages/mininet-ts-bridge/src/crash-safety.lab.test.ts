import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, type NetworkHandle } from './index';

/** A program that starts a network with work going on in it, tells its handle, and never stops it. */
const program = `
const { startNetwork, Topo } = require(${JSON.stringify(require.resolve('./index'))});
(async () => {
  const topo = new Topo().host('h1', { ip: '10.0.0.1/24' }).switch('killsw').link('h1', 'killsw', { loss: 1 });
  const net = await startNetwork(topo, { tmpfs: ['/mnt'] });
  const child = net.host('h1').spawn(['sh', '-c', 'touch /mnt/lab; trap "" TERM HUP; setsid sleep 5555 & echo up; sleep 5555']);
  child.stdout.once('data', () => console.log(JSON.stringify(net.handle)));
})();
`;

/** Ids of all processes in a namespace, and of those that hold one of its like for their children. */
function processesIn(pidNamespace: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => ['pid', 'pid_for_children'].some((kind) => namespaceOf(pid, kind) === pidNamespace))
    .map(Number);
}

function namespaceOf(pid: string, kind: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined; // gone meanwhile, or another user's
  }
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited 30 s for ${what}`);
    await delay(2);
  }
}

function interfaces(): string[] {
  return (
    readFileSync('/proc/net/dev', 'utf8')
      .match(/^ *[^:\s]+(?=:)/gm)
      ?.map((name) => name.trim()) ?? []
  );
}

/** Where a network mounts something in its own namespace; what others mount elsewhere meanwhile is their business. */
const mountPoints = ['/proc', '/run', '/run/user', '/run/netns', '/etc/hosts', '/dev/shm', '/mnt'];

/** What is mounted there for everybody. */
function mounts(): string[] {
  const lines = readFileSync('/proc/self/mounts', 'utf8').trim().split('\n');
  return lines.filter((line) => mountPoints.includes(line.split(' ')[1] ?? ''));
}

test.each(['SIGKILL', 'SIGTERM'] as const)('a program ended by %s leaves nothing behind', async (signal) => {
  const before = new Set(mounts());
  const hadNetns = existsSync('/run/netns');
  const folder = readdirSync('/mnt');
  const owner = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  const handle = JSON.parse(line) as NetworkHandle;
  expect(isRunning(handle)).toBe(true);
  const pidNamespace = readlinkSync(`/proc/${handle.initPid}/ns/pid`);
  // PID 1, the shell and its two sleeps, with unshare and nsenter that wait outside.
  expect(processesIn(pidNamespace).length).toBeGreaterThanOrEqual(4);
  expect(interfaces().filter((name) => name.startsWith('killsw'))).toEqual([]);

  owner.kill(signal);
  await once(owner, 'exit');

  await until('every process of the network to be gone', () => processesIn(pidNamespace).length === 0);
  expect(isRunning(handle)).toBe(false);
  expect(mounts().filter((mount) => !before.has(mount))).toEqual([]);
  expect(existsSync('/run/netns')).toBe(hadNetns);
  expect(readdirSync('/mnt')).toEqual(folder);
});

test('a start that fails leaves nothing behind either, and shows what failed', async () => {
  // No checked topology makes ip fail, so the folder to hide is one that is not there.
  const failing = `
    const { startNetwork, Topo } = require(${JSON.stringify(require.resolve('./index'))});
    startNetwork(new Topo().host('h1'), { tmpfs: ['/no/such/folder'] }).catch(({ code, message }) => {
      const children = require('fs').readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8');
      console.log(JSON.stringify({ code, message, children }));
    });`;
  const owner = spawn(process.execPath, ['-e', failing], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  expect(JSON.parse(line)).toEqual({
    code: 'NETWORK_START_FAILED',
    message: 'mounting /no/such/folder failed: mount: /no/such/folder: mount point does not exist.',
    children: '',
  });
});
