/**
 * Subordinate ids (subuid(5)): what an ordinary user's namespace maps the users of daemons to. This module imports nothing,
 * so that the set-up can use it alone.
 */

/** The number of ids that daemons and their users have at most: 0 to 65535. */
const rangeSize = 65_536;
/** The id at which Debian's useradd begins (SUB_UID_MIN of login.defs(5)). */
const firstRange = 100_000;

export interface User {
  /** Its name, or its number where it has none. */
  readonly name: string;
  readonly uid: number;
}

/** Content of a file, `undefined` where it cannot be read. */
export type ReadFile = (path: string) => string | undefined;

interface Range {
  readonly owner: string;
  readonly start: number;
  readonly count: number;
}

/** Says whether both files name a range of this user. */
export function hasSubordinateIds({ name, uid }: User, read: ReadFile): boolean {
  const isMine = ({ owner }: Range): boolean => owner === name || owner === String(uid);
  return ['/etc/subuid', '/etc/subgid'].every((file) => rangesIn(read(file)).some(isMine));
}

/** The command by which root gives a user a range that is nobody's: no other range's, no user's and no group's. */
export function subordinateIdsCommand({ name, uid }: User, read: ReadFile): string {
  const taken = [
    { start: uid, count: 1 },
    ...['/etc/subuid', '/etc/subgid'].flatMap((file) => rangesIn(read(file))),
    ...['/etc/passwd', '/etc/group'].flatMap((file) => idsIn(read(file))),
  ].sort((one, other) => one.start - other.start);
  let start = firstRange;
  for (const other of taken) {
    if (other.start >= start + rangeSize) break;
    start = Math.max(start, other.start + other.count);
  }
  const range = `${start}-${start + rangeSize - 1}`;
  return `usermod --add-subuids ${range} --add-subgids ${range} ${name}`;
}

const rangesIn = (text = ''): Range[] =>
  [...text.matchAll(/^([^:#\s]+):(\d+):(\d+)\s*$/gm)].map(([, owner = '', start, count]) => ({
    owner,
    start: Number(start),
    count: Number(count),
  }));

/** The third field of passwd(5) and of group(5). */
const idsIn = (text = ''): Pick<Range, 'start' | 'count'>[] =>
  [...text.matchAll(/^[^:#\n]*:[^:\n]*:(\d+):/gm)].map(([, id]) => ({ start: Number(id), count: 1 }));
