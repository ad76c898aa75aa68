import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * Places in which a test runs a command line. A place is the beginning of a command line that changes how the
 * machine looks to the command, without touching the machine itself.
 */
export type Place = readonly string[];

const isRoot = process.getuid?.() === 0;
const project = resolve(__dirname, '../../..');

/** Options with which this user can make mount or network namespaces. */
const asRoot = isRoot ? [] : ['--user', '--map-root-user', '--map-auto'];

/**
 * Makes network and mount namespaces for this test file. `nimsfw up` finds its lab by an abstract socket, which
 * belongs to the network namespace (unix(7)). So a lab in here is separate from a lab that a developer keeps at
 * the same time. Mounts and interfaces that other programs make meanwhile are not seen either, so that a test
 * can look for remains.
 *
 * Call it where hooks can be registered: the place is filled before the first test.
 */
export function ownNamespaces(): Place {
  const place: string[] = [];
  let leave: () => void = () => undefined;
  beforeAll(async () => {
    const holder = spawn('unshare', [...asRoot, '--net', '--mount', 'sh', '-c', 'echo made; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    leave = () => void holder.stdin.destroy();
    await once(holder.stdout, 'data');
    place.push('nsenter', '-t', String(holder.pid), ...(isRoot ? [] : ['-U']), '--net', '--mount', '--');
  });
  afterAll(() => leave());
  return place;
}

/** The mounts and network interfaces in such a place, each as a line. */
export type Remains = readonly string[];

export function remainsIn(place: Place): Remains {
  const holder = place[2]!;
  const devices = readFileSync(`/proc/${holder}/net/dev`, 'utf8');
  return [
    ...readFileSync(`/proc/${holder}/mountinfo`, 'utf8').trimEnd().split('\n'),
    ...[...devices.matchAll(/^ *([^:\s]+):/gm)].map(([, name]) => `interface ${name}`),
  ];
}

/**
 * Lists what is in such a place and was not before. What is there no longer does not count: the kernel takes a mount out of
 * all namespaces when another program, such as a Docker Engine, removes the folder under it.
 */
export const addedTo = (place: Place, before: Remains): Remains =>
  remainsIn(place).filter((line) => !before.includes(line));

/**
 * Makes a machine on which these programs are not installed: /dev/null, which nobody can execute, covers each
 * of them.
 */
export function machineWithout(programs: readonly string[]): Place {
  const folders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];
  const files = programs
    .flatMap((program) => folders.map((folder) => join(folder, program)))
    .filter((file) => existsSync(file))
    .map((file) => realpathSync(file));
  const covering = [...new Set(files)].map((file) => `mount --bind /dev/null ${file}`);
  return inMounts([...covering, 'exec "$@"'].join(' && '));
}

/** Makes a machine where this folder is a file system of so many KiB. */
export function machineWithSmallDisk(folder: string, kib: number): Place {
  return inMounts(`mount -t tmpfs -o size=${kib}k tmpfs ${folder} && exec "$@"`);
}

/** A system that does not let ordinary users make user namespaces; the setting belongs to a user namespace. */
export const machineWithoutUserNamespaces: Place = [
  ...['unshare', '--user', '--map-user=65534', '--map-group=65534', '--keep-caps'],
  ...['sh', '-c', 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"', 'sh'],
];

/**
 * A root whom the permissions of files bind as they bind others; {@link ownNamespaces} makes everybody root.
 */
export const rootWithoutRightsOverFiles: Place = [
  ...['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-all', '--'],
];

/** A user whom the permissions of files bind. */
export const withoutRightsOverFiles: Place = isRoot ? rootWithoutRightsOverFiles : [];

/** An ordinary user who runs `nimsfw`, with the number of that user. */
export interface OrdinaryUser {
  readonly uid: number;
  /** Returns the command line of `nimsfw` with these arguments. */
  command(args: readonly string[]): string[];
}

/**
 * Makes the user `nobody` with a range of subordinate ids if the test runs as root, else returns the current
 * user. The machine itself is not touched: a mount namespace covers the files with ids, and binds Node and the
 * project to paths that everybody can read. The folder keeps its path in that namespace.
 *
 * @param folder is given to that user
 */
export function ordinaryUser(folder: string): OrdinaryUser {
  if (!isRoot) {
    return {
      uid: process.getuid!(),
      command: (args) => [process.execPath, join(project, 'bin/nimsfw.js'), ...args],
    };
  }
  const uid = 65534;
  chownSync(folder, uid, uid);
  const script = `
    set -e
    mount -t tmpfs -o mode=755 tmpfs /mnt
    mkdir /mnt/node /mnt/project
    mount --bind "$1" /mnt/node
    mount --bind "$2" /mnt/project
    echo nobody:200000:65536 >/mnt/ids
    chmod 644 /mnt/ids
    mount --bind /mnt/ids /etc/subuid
    mount --bind /mnt/ids /etc/subgid
    node=$3
    folder=$4
    shift 4
    exec setpriv --reuid=${uid} --regid=${uid} --clear-groups \\
      env -C "$folder" HOME="$folder" "/mnt/node/$node" /mnt/project/bin/nimsfw.js "$@"`;
  const place = inMounts(script);
  const node = [dirname(process.execPath), project, basename(process.execPath)];
  return { uid, command: (args) => [...place, ...node, folder, ...args] };
}

/** Runs a shell script, which starts the command by `exec "$@"`, in a mount namespace of its own. */
function inMounts(script: string): Place {
  return ['unshare', ...asRoot, '--mount', 'sh', '-c', script, 'sh'];
}
