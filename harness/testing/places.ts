import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * Places in which a test runs the command line, each as the beginning of a command line: where it begins with them, the
 * machine looks different to it, and nothing of the machine itself is touched.
 */
export type Place = readonly string[];

const isRoot = process.getuid?.() === 0;
const project = resolve(__dirname, '../../..');

/** What it takes to make mount or network namespaces. */
const asRoot = isRoot ? [] : ['--user', '--map-root-user', '--map-auto'];

/**
 * Network and mount namespaces for this test file. `nimsfw up` finds its lab by an abstract socket, and those belong to
 * the network namespace (unix(7)): a lab that is kept in here is nobody else's, and one that a developer keeps at the
 * same time is not seen. What others mount or plug meanwhile is not seen either, so that a test can look for remains.
 * To be called where hooks can be: the place is filled before the first test.
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

/** The mounts and the network interfaces that there are in such a place. */
export function remainsIn(place: Place): { mounts: string; interfaces: string[] } {
  const holder = place[2]!;
  const devices = readFileSync(`/proc/${holder}/net/dev`, 'utf8');
  return {
    mounts: readFileSync(`/proc/${holder}/mountinfo`, 'utf8'),
    interfaces: [...devices.matchAll(/^ *([^:\s]+):/gm)].map(([, name]) => name!).sort(),
  };
}

/** A machine on which these programs are not installed: /dev/null lies over each, which nobody can execute. */
export function machineWithout(programs: readonly string[]): Place {
  const folders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];
  const files = programs
    .flatMap((program) => folders.map((folder) => join(folder, program)))
    .filter((file) => existsSync(file))
    .map((file) => realpathSync(file));
  const covering = [...new Set(files)].map((file) => `mount --bind /dev/null ${file}`);
  return inMounts([...covering, 'exec "$@"'].join(' && '));
}

/** A machine where this folder is a file system of so many KiB. */
export function machineWithSmallDisk(folder: string, kib: number): Place {
  return inMounts(`mount -t tmpfs -o size=${kib}k tmpfs ${folder} && exec "$@"`);
}

/** A system that does not let ordinary users make user namespaces; the setting belongs to a user namespace. */
export const machineWithoutUserNamespaces: Place = [
  ...['unshare', '--user', '--map-user=65534', '--map-group=65534', '--keep-caps'],
  ...['sh', '-c', 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"', 'sh'],
];

/** A root to whom the permissions of files apply, as they do to others; {@link ownNamespaces} makes everybody root. */
export const rootWithoutRightsOverFiles: Place = [
  ...['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-all', '--'],
];

/** A user to whom the permissions of files apply. */
export const withoutRightsOverFiles: Place = isRoot ? rootWithoutRightsOverFiles : [];

/** How an ordinary user runs `nimsfw`, and the number of that user. */
export interface OrdinaryUser {
  readonly uid: number;
  /** The command line of `nimsfw` with these arguments. */
  command(args: readonly string[]): string[];
}

/**
 * The user `nobody` with a range of subordinate ids where this is root, else whoever this is. The machine itself is not
 * touched: the files of ids are covered in a mount namespace, and Node and the project are bound to where everybody can
 * read them. In that namespace the folder is at its own path.
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

/** Runs a shell script, and by its `exec "$@"` the command, where mounts are seen by nobody else. */
function inMounts(script: string): Place {
  return ['unshare', ...asRoot, '--mount', 'sh', '-c', script, 'sh'];
}
