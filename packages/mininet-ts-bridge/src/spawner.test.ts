import { spawnSync } from 'node:child_process';
import { bridgeError } from './expect-error';
import {
  makeSecret,
  parseGreeting,
  parseNews,
  signalOrder,
  spawner,
  spawnerArgv,
  startOrder,
} from './spawner';

/** The words of an order, and the length that stands before them. */
const read = (order: Buffer): { length: number; words: string[] } => ({
  length: order.readUInt32BE(),
  words: order.subarray(4).toString().split('\0'),
});

describe('an order to PID 1', () => {
  test('to start a command has its number and secret, namespace, folder, arguments and variables', () => {
    const beginning = {
      net: '/run/netns/h1',
      cwd: '/run',
      argv: ['echo', '', 'a\nb'],
      env: { A: '1', NONE: undefined, B: '' },
    };
    expect(read(startOrder(7, 'abc', beginning))).toEqual({
      length: 6 + 2 + 4 + 14 + 5 + 2 + 5 + 1 + 4 + 4 + 3,
      words: ['start', '7', 'abc', '/run/netns/h1', '/run', '3', 'echo', '', 'a\nb', 'A=1', 'B=', ''],
    });
  });

  test('to send a signal has its number on this system, and the process or process group', () => {
    expect(read(signalOrder('SIGTERM', 5)).words).toEqual(['kill', '15', '5', '']);
    expect(read(signalOrder('SIGKILL', -5)).words).toEqual(['kill', '9', '-5', '']);
  });

  test.each([
    ['a NUL', ['echo', 'a\0b'], '"echo a\\u0000b"'],
    ['no program', [], '""'],
  ])('is refused with %s', async (_what, argv, shown) => {
    expect(await bridgeError(() => startOrder(1, '', { cwd: '/', argv, env: {} }))).toEqual({
      code: 'COMMAND_FAILED',
      message: `${shown} is no command: it needs a program, and no word may hold a NUL`,
    });
  });

  test('is refused with a signal that Linux does not have', async () => {
    expect(await bridgeError(() => signalOrder('SIGINFO', 1))).toEqual({
      code: 'COMMAND_FAILED',
      message: 'there is no signal SIGINFO; use one that signal(7) lists',
    });
  });
});

test('a greeting tells whose stream a connection is, and nothing else is one', () => {
  const secret = makeSecret();
  expect(parseGreeting(`${secret} 2 17\n`)).toEqual({ secret, stream: 2, id: 17 });
  for (const line of ['', '\n', `${secret} 3 17\n`, `${secret} 2 17`, `x${secret} 2 17\n`, `${secret} 2 \n`])
    expect(parseGreeting(line)).toBeUndefined();
});

test('what PID 1 tells is read, and nothing else', () => {
  expect(parseNews('7 started 42')).toEqual({ id: 7, kind: 'started', pid: 42 });
  expect(parseNews('7 ended 9')).toEqual({ id: 7, kind: 'ended', status: 9 });
  for (const line of ['', '7 ended', '7 begun 1', 'x ended 1', '7 ended 1 2'])
    expect(parseNews(line)).toBeUndefined();
});

test('the program is one that Perl can compile', () => {
  const { stderr, status } = spawnSync('perl', ['-wc', '-'], { input: spawner, encoding: 'utf8' });
  expect([stderr, status]).toEqual(['- syntax OK\n', 0]);
});

test('a processor whose system calls are not known is refused', async () => {
  expect(await bridgeError(() => spawnerArgv('pdp11'))).toEqual({
    code: 'NETWORK_START_FAILED',
    message:
      'commands cannot be started on a processor of the kind pdp11; use one of x64, ia32, arm, ppc64, s390x, arm64, riscv64, loong64',
  });
});
