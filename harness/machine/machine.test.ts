import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { family, leftOf, processes, until } from '../testing/processes';
import { thisMachine } from './machine';

test('a program gets its input, and tells its output and exit status', async () => {
  const ran = await thisMachine().run(['sh', '-c', 'echo to-stderr >&2; cat; exit 3'], 'given\n');
  expect(ran).toEqual({ exitCode: 3, output: 'given\nto-stderr\n' });
});

test('what a program leaves running is ended, and not waited for', async () => {
  const ran = await thisMachine().run(['sh', '-c', 'sleep 1000 & echo $!; exit 3']);
  expect(ran).toEqual({ exitCode: 3, output: expect.stringMatching(/^\d+\n$/) as string });
  await until(() => !processes().some(({ pid }) => pid === Number(ran.output)), 'the end of what it left');
});

test('a program that does not exist ends with 127, one that reads nothing does no harm', async () => {
  const machine = thisMachine();
  expect(await machine.run(['no-such-program-here'])).toEqual({ exitCode: 127, output: '' });
  expect(await machine.run(['true'], 'x'.repeat(1_000_000))).toEqual({ exitCode: 0, output: '' });
});

test('a signal that ends this process ends what it has started', async () => {
  const module = JSON.stringify(join(__dirname, 'machine.js'));
  const script = `require(${module}).thisMachine().run(['sh', '-c', 'sleep 1000 & wait'])`;
  const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
  const members = () => family(child.pid!).map(({ pid }) => pid);
  await until(() => members().length === 3, 'the program and what it starts');
  const all = members();
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  expect(await ended).toEqual([null, 'SIGINT']);
  await until(() => leftOf(all).length === 0, 'the end of what it has started');
});

test('programs are found in PATH and where Debian keeps daemons; a folder is no program', () => {
  const machine = thisMachine();
  expect(machine.has('sh')).toBe(true);
  expect(machine.has('no-such-program-here')).toBe(false);
  expect(machine.has('../bin')).toBe(false);
});

test('what cannot be read is not there', () => {
  const machine = thisMachine();
  expect(machine.read('/no/such/file')).toBeUndefined();
  expect(machine.list('/no/such/folder')).toEqual([]);
});

test('a socket answers when somebody listens', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nimsfw-machine-'));
  const socket = join(folder, 'socket');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    expect(await thisMachine().answers(socket)).toBe(true);
    writeFileSync(join(folder, 'file'), '');
    expect(await thisMachine().answers(join(folder, 'file'))).toBe(false);
    expect(await thisMachine().answers(join(folder, 'missing'))).toBe(false);
  } finally {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  }
});
