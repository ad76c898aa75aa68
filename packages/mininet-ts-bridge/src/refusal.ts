import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { BridgeError, type BridgeErrorCode } from './errors';
import { hasSubordinateIds, subordinateIdsCommand, type ReadFile, type User } from './subordinate-ids';

/** The system's own settings, as far as they exist. */
export function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The calling user. An id that /etc/passwd does not know is its own name. */
export function currentUser(): User {
  const uid = process.getuid?.() ?? 0;
  try {
    return { name: userInfo().username, uid };
  } catch {
    return { name: String(uid), uid };
  }
}

/** proc(5): a set-user-ID program, such as newuidmap, gains nothing then. */
export const mayGainNoPrivileges = (read: ReadFile): boolean =>
  /^NoNewPrivs:\s*1$/m.test(read('/proc/self/status') ?? '');

/** Settings that forbid ordinary users to make user namespaces: the value that does, and one that does not. */
const switches = [
  { setting: 'user.max_user_namespaces', off: '0', on: '15000', exempts: false },
  { setting: 'kernel.unprivileged_userns_clone', off: '0', on: '1', exempts: false },
  // A profile can exempt a program from it.
  { setting: 'kernel.apparmor_restrict_unprivileged_userns', off: '1', on: '0', exempts: true },
] as const;

export interface Refusal {
  readonly code: BridgeErrorCode;
  readonly what: string;
  readonly remedy: string;
}

/**
 * Why `unshare` itself failed, and what mends it.
 * @param errors what it said
 */
export function refusalOf(
  errors: string,
  userNamespace: boolean,
  read: ReadFile = readSystemFile,
  user: User = currentUser(),
): Refusal {
  const words = errors.trim() || 'it said nothing';
  if (!userNamespace)
    return {
      code: 'NETWORK_START_FAILED',
      what: `root may not make namespaces here: ${words}`,
      remedy: 'in a container, give it CAP_SYS_ADMIN',
    };
  if (mayGainNoPrivileges(read))
    return {
      code: 'NO_NEW_PRIVILEGES',
      what: `this process may gain no privileges (no_new_privs), which newuidmap needs to map ids (${words})`,
      remedy: 'start it as root, or without setpriv --no-new-privs, NoNewPrivileges= or whatever else set it',
    };
  const speaksOfIds = /subuid|subgid|newuidmap|newgidmap/.test(words);
  const off = switches.find(
    ({ setting, off }) => read(`/proc/sys/${setting.replaceAll('.', '/')}`)?.trim() === off,
  );
  if (off && !(speaksOfIds && off.exempts))
    return {
      code: 'USER_NAMESPACES_OFF',
      what: 'this system does not let ordinary users make user namespaces',
      remedy: `run as root: sysctl -w ${off.setting}=${off.on}`,
    };
  if (speaksOfIds && !hasSubordinateIds(user, read))
    return {
      code: 'NO_SUBUID_RANGE',
      what: `user ${user.name} has no range of subordinate ids (${words})`,
      remedy: `run as root: ${subordinateIdsCommand(user, read)}`,
    };
  return {
    code: 'NETWORK_START_FAILED',
    what: `making namespaces as an ordinary user failed: ${words}`,
    remedy: 'run as root instead, or allow user namespaces',
  };
}

/** {@link refusalOf}, to be thrown. */
export function explainRefusal(errors: string, userNamespace: boolean): BridgeError {
  const { code, what, remedy } = refusalOf(errors, userNamespace);
  return new BridgeError(code, `${what}; ${remedy}`);
}
