import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { hasEnded, pidOf, thisProcess } from './owner';
import { endedOwner } from './testing/owners';

const [pid, ticks, namespace, boot] = thisProcess().split(':') as [string, string, string, string];
const owner = (of: string | number, started = ticks, where = `${namespace}:${boot}`): string =>
  `${of}:${started}:${where}`;

test('this process goes on, and its label has its number', () => {
  expect(hasEnded(thisProcess())).toBe(false);
  expect(pidOf(thisProcess())).toBe(process.pid);
  expect(pid).toBe(String(process.pid));
});

test('a process that is gone has ended', () => {
  expect(hasEnded(endedOwner())).toBe(true);
});

test('a number that another process has by now does not make the owner live', () => {
  expect(hasEnded(owner(process.pid, String(Number(ticks) - 1)))).toBe(true);
});

test('a zombie has ended', async () => {
  // The shell replaces itself by a program that never collects its child, which ends when it sees that.
  const script = 'until grep -qx cat /proc/$$/comm; do :; done & echo $!; exec cat';
  const parent = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const child = Number(line.toString());
    const stat = (): string => readFileSync(`/proc/${child}/stat`, 'utf8');
    while (!/\) Z /.test(stat())) await new Promise(setImmediate);
    const started = stat()
      .slice(stat().lastIndexOf(')') + 2)
      .split(' ')[19];
    expect(hasEnded(owner(child, started))).toBe(true);
  } finally {
    parent.kill('SIGKILL');
  }
});

test.each([
  ['another PID namespace, such as in a container', owner(1, ticks, `1:${boot}`)],
  ['another boot, or another machine', owner(process.pid, ticks, `${namespace}:0-0-0-0-0`)],
  ['no label of ours', 'compose'],
])('of %s nothing is known', (_where, label) => {
  expect(hasEnded(label)).toBeUndefined();
});
