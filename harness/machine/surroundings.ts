import type { Firewall } from '../../firewalls/catalogue';
import { LabError } from '../lab/lab-error';
import { thisMachine, type Machine } from './machine';

/** A property of the calling process that the lab cannot change and that prevents a run. */
export interface Obstacle {
  readonly code: 'LIMIT_TOO_LOW' | 'FEW_IDS';
  readonly text: string;
  readonly remedy: string;
}

/** A resource limit (getrlimit(2)) by its name in proc(5), and the least value that a lab needs. */
interface Limit {
  readonly name: string;
  /** Its letter in the shell's ulimit. */
  readonly letter: string;
  readonly what: string;
  readonly least: (firewalls: number) => number;
  /** True if the limit does not bind root. */
  readonly sparesRoot?: boolean;
}

const GiB = 1024 ** 3;

const limits: readonly Limit[] = [
  // Each node and each capture has three pipes to this process.
  { name: 'Max open files', letter: 'n', what: 'open files', least: (count) => 100 + 40 * count },
  // The kernel counts threads, and each Node begins with eleven.
  {
    name: 'Max processes',
    letter: 'u',
    what: 'processes and threads',
    least: (count) => 150 + 50 * count,
    sparesRoot: true,
  },
  { name: 'Max file size', letter: 'f', what: 'bytes in a file', least: () => GiB },
  { name: 'Max cpu time', letter: 't', what: 'seconds of processor time', least: () => 3600 },
  { name: 'Max address space', letter: 'v', what: 'bytes of address space', least: () => 4 * GiB },
  { name: 'Max data size', letter: 'd', what: 'bytes of data', least: () => 4 * GiB },
];

/** @param firewalls number of firewalls in the lab */
export function obstacles(firewalls: number, machine: Machine = thisMachine()): Obstacle[] {
  return [...lowLimits(firewalls, machine), ...fewIds(machine)];
}

function lowLimits(firewalls: number, machine: Machine): Obstacle[] {
  const text = machine.read('/proc/self/limits') ?? '';
  return limits.flatMap(({ name, letter, what, least, sparesRoot }) => {
    // The first number is the soft limit, and Node raises its soft limit of open files to the hard one.
    const found = new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(text)?.[1];
    if (found === undefined || Number(found) >= least(firewalls) || (sparesRoot && machine.isRoot)) return [];
    return {
      code: 'LIMIT_TOO_LOW',
      text: `only ${found} ${what} are allowed here (ulimit -${letter}), and a lab of ${firewalls} firewall${firewalls === 1 ? '' : 's'} may take ${least(firewalls)}`,
      remedy: `start it where ulimit -H${letter} shows more (limits.conf(5), LimitXXX= of a service)`,
    };
  });
}

/** The number of ids that a Debian system gives to daemons. */
const systemIds = 1000;

/**
 * Reports a root that has too few ids. `unshare -r` makes a root with a single id, but squid and tcpdump change
 * to their own users.
 */
function fewIds(machine: Machine): Obstacle[] {
  if (!machine.isRoot) return [];
  const counts = ['/proc/self/uid_map', '/proc/self/gid_map'].map((file) =>
    idsBelow(systemIds, machine.read(file)),
  );
  const count = Math.min(...counts);
  if (count >= systemIds) return [];
  return [
    {
      code: 'FEW_IDS',
      text: `this root is one of a user namespace with ${count} of the ${systemIds} ids that programs of a lab change to (unshare -r makes such)`,
      remedy: 'start it outside of that namespace, or make it with unshare --map-root-user --map-auto',
    },
  ];
}

/** Counts the ids below `end` that a map has (user_namespaces(7)), which is all of them without a map. */
function idsBelow(end: number, map: string | undefined): number {
  if (map === undefined) return end;
  return [...map.matchAll(/^\s*(\d+)\s+\d+\s+(\d+)$/gm)]
    .map(([, first, count]) => Math.min(end, Number(first) + Number(count)) - Math.min(end, Number(first)))
    .reduce((sum, count) => sum + count, 0);
}

/**
 * Requires that the surroundings of this process let a lab with these firewalls run, before anything is
 * started.
 *
 * @throws LabError `LIMIT_TOO_LOW`, `FEW_IDS`
 */
export function requireSurroundings(firewalls: readonly Firewall[], machine: Machine = thisMachine()): void {
  const [first] = obstacles(firewalls.length, machine);
  if (first) throw new LabError(first.code, `${first.text}; ${first.remedy}`);
}
