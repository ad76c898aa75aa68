import { isRunning, nsenterArgv, startTicksOf } from './command-line';

describe('nsenterArgv', () => {
  test('enters a host of a network that has a user namespace', () => {
    expect(
      nsenterArgv({ initPid: 42, userNamespace: true }, { host: 'h1', cwd: '/run/x' }, ['id', '-u']),
    ).toEqual(
      'nsenter -t 42 -U -m -p --net=/proc/42/root/run/netns/h1 setpriv --pdeathsig TERM env -C /run/x id -u'.split(
        ' ',
      ),
    );
  });

  test("enters the switches' namespace of a network that root made", () => {
    expect(nsenterArgv({ initPid: 42, userNamespace: false }, {}, ['bridge', 'link'])).toEqual(
      'nsenter -t 42 -m -p -n setpriv --pdeathsig TERM bridge link'.split(' '),
    );
  });
});

describe('isRunning', () => {
  const startTicks = startTicksOf(process.pid) ?? '';

  test('tells a network from a later process of the same number by its start', () => {
    const handle = { initPid: process.pid, userNamespace: false };
    expect(isRunning({ ...handle, startTicks })).toBe(true);
    expect(isRunning({ ...handle, startTicks: `${startTicks}1` })).toBe(false);
  });

  test('is false when there is no such process', () => {
    // Above the largest process id that Linux gives (2^22).
    expect(isRunning({ initPid: 2 ** 22 + 1, startTicks, userNamespace: false })).toBe(false);
  });
});
