import { spawnSync } from 'node:child_process';
import { bridgeError } from './expect-error';
import { encodeCommand, greeting, parseNews, signalLine, spawnerArgv } from './spawner';

describe('a command, as PID 1 reads it', () => {
  test('is words with a NUL after each: namespace, folder, number of arguments, arguments, variables', () => {
    const command = encodeCommand({
      net: '/run/netns/h1',
      cwd: '/run',
      argv: ['echo', '', 'a\nb'],
      env: { A: '1', NONE: undefined, B: '' },
    });
    expect(command.toString()).toBe('/run/netns/h1\0/run\0' + '3\0echo\0\0a\nb\0A=1\0B=\0');
  });

  test.each([
    ['a NUL', ['echo', 'a\0b'], '"echo a\\u0000b"'],
    ['no program', [], '""'],
  ])('is refused with %s', async (_what, argv, shown) => {
    expect(await bridgeError(() => encodeCommand({ cwd: '/', argv, env: {} }))).toEqual({
      code: 'COMMAND_FAILED',
      message: `${shown} is no command: it needs a program, and no word may hold a NUL`,
    });
  });

  test('follows the number of the command, that of the stream and its own length', () => {
    expect(greeting(258, 2, Buffer.from('xy')).toString('hex')).toBe(
      '00000102' + '00000002' + '00000002' + '7879',
    );
  });
});

test('what PID 1 tells is read, and nothing else', () => {
  expect(parseNews('7 started 42')).toEqual({ id: 7, kind: 'started', pid: 42 });
  expect(parseNews('7 ended 9')).toEqual({ id: 7, kind: 'ended', status: 9 });
  for (const line of ['', '7 ended', '7 begun 1', 'x ended 1', '7 ended 1 2'])
    expect(parseNews(line)).toBeUndefined();
});

test('a signal is a line with its name as kill(1) knows it, and the process or process group', () => {
  expect([signalLine('SIGTERM', 5), signalLine('SIGKILL', -5)]).toEqual(['TERM 5\n', 'KILL -5\n']);
});

test('the program is one that Perl can compile', () => {
  const [perl = '', ...args] = spawnerArgv();
  const { stderr, status } = spawnSync(perl, ['-c', ...args], { encoding: 'utf8' });
  expect([stderr, status]).toEqual(['-e syntax OK\n', 0]);
});

test('a processor whose system calls are not known is refused', async () => {
  expect(await bridgeError(() => spawnerArgv('pdp11'))).toEqual({
    code: 'NETWORK_START_FAILED',
    message:
      'commands cannot be started on a processor of the kind pdp11; use one of x64, ia32, arm, ppc64, s390x, arm64, riscv64, loong64',
  });
});
