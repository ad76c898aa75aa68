import type { Program } from './program';
import { spooled } from './spool';

export const tcpdumpProgram: Program = {
  name: 'tcpdump',
  debianPackage: 'tcpdump',
  product: 'tcpdump',
  version: { argv: ['tcpdump', '--version'], pattern: /tcpdump version (\d[\w.-]*)/ },
};

/**
 * The command that runs tcpdump in a node; it streams pcap to standard output.
 *
 * With `-U` tcpdump writes a packet as soon as it has it. `-Z root` keeps it from giving up privileges, which fails
 * if only one uid is mapped; inside the lab's own user namespace root has no special rights.
 */
const tcpdump = ['tcpdump', '-U', '-n', '-Z', 'root'];

/** The option with which tcpdump gets each packet at once, so that none is lost when tcpdump is ended. */
const atOnce = '--immediate-mode';

/** Size of the kernel's buffer in KiB; the kernel locks that much memory for each capture. */
const buffer = '16384';

/**
 * Returns the command that streams the packets that a firewall denies: those logged to this
 * nflog group, with the rule's name.
 */
export function dropLogCommand(group: number): string[] {
  return [...tcpdump, atOnce, '-i', `nflog:${group}`, '-w', '-'];
}

/**
 * Returns the command that captures an interface for a reader who comes later. The kernel hands packets over in
 * blocks, up to a second late, and a block that is not full yet is lost when tcpdump is ended. Immediate mode is no
 * alternative: each packet would take a slot of the snapshot length, and on a busy machine the slots run out. The
 * output is held while the lab is too busy to read it.
 */
export function captureCommand(device: string): string[] {
  return spooled([...tcpdump, '-B', buffer, '-i', device, '-w', '-']);
}

/**
 * Returns the command that captures an interface for somebody who watches. A packet is cut to 4096 bytes, so
 * that the buffer has 4096 slots. A wire carries no longer packets; only between containers does the kernel
 * pass several TCP segments as one.
 */
export function watchCommand(device: string): string[] {
  return [...tcpdump, atOnce, '-s', '4096', '-B', buffer, '-i', device, '-w', '-'];
}
