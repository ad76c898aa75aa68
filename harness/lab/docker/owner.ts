import { readFileSync, readlinkSync } from 'node:fs';

/** Labels of everything that the backend makes. Nothing without them is ever removed. */
export const labels = {
  /** Marks everything. */
  lab: 'nimsfw',
  /** Id of the run. */
  run: 'nimsfw.run',
  /** The process of the run, see {@link thisProcess}. */
  owner: 'nimsfw.owner',
  /** Id of the node in the topology; `network` has that of a network. */
  node: 'nimsfw.node',
  network: 'nimsfw.network',
} as const;

/**
 * Returns an identification of this process that no other process ever has: its number, its start time
 * (proc(5), field 22), the PID namespace of the number, and the boot of the machine.
 */
export function thisProcess(): string {
  return `${process.pid}:${startTicks(process.pid)}:${surroundings()}`;
}

/**
 * Says whether the process of an owner label has ended. It is `undefined` if this process cannot know, because
 * the owner was on another machine, before a reboot, or in its own container.
 */
export function hasEnded(owner: string): boolean | undefined {
  const [pid = '', ticks = '', ...where] = owner.split(':');
  if (where.join(':') !== surroundings()) return undefined;
  return startTicks(Number(pid)) !== ticks;
}

/** Returns the process id of an owner. */
export const pidOf = (owner: string): number => Number(owner.split(':')[0]);

function surroundings(): string {
  const namespace = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${namespace}:${boot}`;
}

function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in field 2 may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; its parent has just not collected it yet.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
