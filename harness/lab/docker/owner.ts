import { readFileSync, readlinkSync } from 'node:fs';

/** Labels of everything that the backend makes. Only what carries them is ever removed. */
export const labels = {
  /** On everything. */
  lab: 'nimsfw',
  /** Which run it belongs to. */
  run: 'nimsfw.run',
  /** The process that the run belongs to, see {@link thisProcess}. */
  owner: 'nimsfw.owner',
  /** The node or network, as the topology calls it. */
  node: 'nimsfw.node',
  network: 'nimsfw.network',
} as const;

/**
 * This process in a form that no other process ever has: its number, when it started (proc(5), field 22), the PID
 * namespace that the number is of, and the boot of the machine.
 */
export function thisProcess(): string {
  return `${process.pid}:${startTicks(process.pid)}:${surroundings()}`;
}

/**
 * Whether the process of an owner label has ended. `undefined` where this process cannot know: the owner was on another
 * machine, before a reboot, or in a container of its own.
 */
export function hasEnded(owner: string): boolean | undefined {
  const [pid = '', ticks = '', ...where] = owner.split(':');
  if (where.join(':') !== surroundings()) return undefined;
  return startTicks(Number(pid)) !== ticks;
}

/** The number of an owner's process. */
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
    // A zombie has ended; its parent has only not asked yet.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
