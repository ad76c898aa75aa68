import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import type { Channel } from './channel';
import { quoted } from '../../../nodes/shell-word';
import { Shell, takingOrders, until } from './shell';

const folder = mkdtempSync(join(tmpdir(), 'nimsfw-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts the shell of a container on this machine. */
function channel(): Channel {
  const child = spawn('sh', ['-ec', takingOrders], { stdio: 'pipe' });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  child.stdout.pipe(stdout);
  child.stderr.pipe(stderr);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return { stdin: child.stdin, stdout, stderr, ended };
}

/** Uses a shell that ends after the test. */
async function withShell(use: (shell: Shell, of: Channel) => Promise<void>): Promise<void> {
  const of = channel();
  try {
    await use(new Shell(of), of);
  } finally {
    of.stdin.end();
    await of.ended;
  }
}

it('runs one order after the other and tells apart what they say', () =>
  withShell(async (shell) => {
    const results = await Promise.all([
      shell.run('echo one; echo two >&2; exit_code() { return 3; }; exit_code'),
      shell.run('printf three'),
    ]);
    expect(results).toEqual([
      { exitCode: 3, stdout: 'one\n', stderr: 'two\n' },
      { exitCode: 0, stdout: 'three', stderr: '' },
    ]);
  }));

it('gives a command its input to the last byte, and the next order what follows', () =>
  withShell(async (shell) => {
    // The content is larger than a pipe holds.
    const content = Buffer.alloc(200_000, 'abc\n0\n');
    const file = join(folder, 'input');
    const unpacked = shell.run(`head -c ${content.length} >${quoted(file)}`, content);
    const after = shell.run('echo after');
    expect((await unpacked).exitCode).toBe(0);
    expect((await after).stdout).toBe('after\n');
    expect(readFileSync(file).equals(content)).toBe(true);
  }));

it('takes words as they are, line ends and quotes too', () =>
  withShell(async (shell) => {
    const word = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 3 }), async (words) => {
        const { stdout } = await shell.run(`printf '<%s>' ${words.map(quoted).join(' ')}`);
        expect(stdout).toBe(words.map((one) => `<${one}>`).join(''));
      }),
    );
  }));

it('becomes a program, whose streams and end are its own', () =>
  withShell(async (shell) => {
    const before = shell.run('echo before');
    const program = await shell.become(['sh', '-c', 'pwd; cat; echo end >&2'], folder);
    expect((await before).stdout).toBe('before\n');
    const said = Promise.all([text(program.stdout), text(program.stderr)]);
    program.stdin.end('what it is sent\n');
    expect(await said).toEqual([`${folder}\nwhat it is sent\n`, 'end\n']);
  }));

it('a container that ends under an order is told with what it said', () =>
  withShell(async (shell) => {
    await expect(shell.run('echo last words; exit 4')).rejects.toThrow('last words\n');
  }));

it('leaves what comes after to the next reader', async () => {
  const stream = new PassThrough();
  stream.end('one\ntwo\nthree');
  expect(await until(stream, 'two\n')).toBe('one\n');
  expect(await text(stream)).toBe('three');
});
