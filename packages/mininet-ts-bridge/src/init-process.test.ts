import { explainRefusal } from './init-process';

describe('explainRefusal', () => {
  const refuse = (words: string, settings: Record<string, string> = {}, userNamespace = true) => {
    const { code, message } = explainRefusal(words, userNamespace, (path) => settings[path], 'ada');
    return { code, message };
  };

  test.each([
    ['/proc/sys/user/max_user_namespaces', '0', 'user.max_user_namespaces=15000'],
    ['/proc/sys/kernel/unprivileged_userns_clone', '0', 'kernel.unprivileged_userns_clone=1'],
    [
      '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
      '1',
      'kernel.apparmor_restrict_unprivileged_userns=0',
    ],
  ])('finds user namespaces switched off by %s', (path, value, mend) => {
    expect(refuse('unshare: unshare failed: Operation not permitted', { [path]: value })).toEqual({
      code: 'USER_NAMESPACES_OFF',
      message: `this system does not let ordinary users make user namespaces; run as root: sysctl -w ${mend}`,
    });
  });

  test('finds the range of subordinate ids missing', () => {
    // What unshare of util-linux 2.38 says for a user that /etc/subuid does not name.
    expect(refuse('unshare: no line matching user "ada" in /etc/subuid: Success\n')).toEqual({
      code: 'NO_SUBUID_RANGE',
      message:
        'user ada has no range of subordinate ids (unshare: no line matching user "ada" in /etc/subuid: Success); ' +
        'run as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ada',
    });
  });

  test('passes on what unshare says when no setting explains it', () => {
    expect(refuse('unshare: unshare failed: Operation not permitted')).toEqual({
      code: 'NETWORK_START_FAILED',
      message:
        'making namespaces as an ordinary user failed: unshare: unshare failed: Operation not permitted; ' +
        'run as root instead, or allow user namespaces',
    });
  });

  test('tells a root without the right to make namespaces what it lacks', () => {
    expect(refuse('unshare: unshare failed: Operation not permitted', {}, false)).toEqual({
      code: 'NETWORK_START_FAILED',
      message:
        'root may not make namespaces here: unshare: unshare failed: Operation not permitted; ' +
        'in a container, give it CAP_SYS_ADMIN',
    });
  });
});
