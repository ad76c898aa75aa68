import { refusalOf } from './refusal';

describe('refusalOf', () => {
  const refuse = (words: string, settings: Record<string, string> = {}, userNamespace = true) => {
    const ada = { name: 'ada', uid: 1000 };
    const { code, what, remedy } = refusalOf(words, userNamespace, (path) => settings[path], ada);
    return { code, message: `${what}; ${remedy}` };
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

  test('the range that it names is free', () => {
    const { message } = refuse('unshare: no line matching user "ada" in /etc/subuid: Success', {
      '/etc/subuid': 'bob:100000:65536\n',
    });
    expect(message).toContain('usermod --add-subuids 165536-231071 --add-subgids 165536-231071 ada');
  });

  test('newuidmap that may gain no privileges is no range that is missing', () => {
    expect(
      refuse('newuidmap: Could not set caps', {
        '/proc/self/status': 'Name:\tnode\nNoNewPrivs:\t1\nSeccomp:\t0\n',
      }),
    ).toEqual({
      code: 'NO_NEW_PRIVILEGES',
      message:
        'this process may gain no privileges (no_new_privs), which newuidmap needs to map ids ' +
        '(newuidmap: Could not set caps); start it as root, or without setpriv --no-new-privs, NoNewPrivileges= or whatever else set it',
    });
  });

  test('newuidmap that fails although the range is there is passed on', () => {
    const range = 'ada:100000:65536\n';
    const words = 'newuidmap: write to uid_map failed: Operation not permitted';
    expect(refuse(words, { '/etc/subuid': range, '/etc/subgid': range })).toEqual({
      code: 'NETWORK_START_FAILED',
      message: `making namespaces as an ordinary user failed: ${words}; run as root instead, or allow user namespaces`,
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
