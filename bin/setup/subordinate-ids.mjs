import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { SetupError } from './failure.mjs';

/** The number of ids that a user namespace maps for daemons that change their user. */
const rangeSize = 65_536;
const firstRange = 100_000;

/**
 * Checks that an ordinary user has a range of subordinate ids (subuid(5)). Root needs none,
 * as it makes no user namespace.
 */
export function checkSubordinateIds(systemRoot) {
  if (process.getuid() === 0) return;
  const { username, uid } = userInfo();
  const files = ['etc/subuid', 'etc/subgid'].map((file) => ranges(join(systemRoot, file)));
  const isMine = ({ owner }) => owner === username || owner === String(uid);
  if (files.every((file) => file.some(isMine))) return;
  // The proposed range must hold no id of another range, nor that of a user or group.
  let free = firstRange;
  for (const { start, count } of [...files.flat(), ...ids(systemRoot)].sort((a, b) => a.start - b.start)) {
    if (start >= free + rangeSize) break;
    free = Math.max(free, start + count);
  }
  const range = `${free}-${free + rangeSize - 1}`;
  throw new SetupError(
    'NO_SUBUID_RANGE',
    `user ${username} has no range of subordinate ids; run as root: usermod --add-subuids ${range} --add-subgids ${range} ${username}`,
  );
}

/** Returns the ids of users and groups, as ranges of one. */
function ids(systemRoot) {
  return ['etc/passwd', 'etc/group'].flatMap((name) =>
    [...read(join(systemRoot, name)).matchAll(/^[^:]*:[^:]*:(\d+):/gm)].map(([, id]) => ({
      start: Number(id),
      count: 1,
    })),
  );
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function ranges(file) {
  return [...read(file).matchAll(/^([^:#\s]+):(\d+):(\d+)$/gm)].map(([, owner, start, count]) => ({
    owner,
    start: Number(start),
    count: Number(count),
  }));
}
