import type { Program } from './program';
import { spooled } from './spool';

export const tcpdumpProgram: Program = {
  name: 'tcpdump',
  debianPackage: 'tcpdump',
  product: 'tcpdump',
  version: { argv: ['tcpdump', '--version'], pattern: /tcpdump version (\d[\w.-]*)/ },
};

/**
 * How tcpdump is run in a node, streaming pcap to standard output.
 *
 * `-U`: a packet is written as soon as tcpdump has it. `-Z root`: giving up privileges fails where only one uid is mapped,
 * and inside the lab's own user namespace root is nobody special.
 */
const tcpdump = ['tcpdump', '-U', '-n', '-Z', 'root'];

/** Each packet at once, and none is lost when tcpdump is ended. */
const atOnce = '--immediate-mode';

/** KiB; the kernel has it locked for each capture. */
const buffer = '16384';

/** Streams what a firewall denies: the packets logged to this nflog group, each with its rule's name. */
export function dropLogCommand(group: number): string[] {
  return [...tcpdump, atOnce, '-i', `nflog:${group}`, '-w', '-'];
}

/**
 * Captures an interface for a reader who comes later: the kernel hands packets over by the block, up to a second late, as
 * many as fit, and what is in a block that is not full yet is lost when tcpdump is ended. In immediate mode each would take
 * a slot of the snapshot length: on a busy machine the slots run out. What the lab is too busy to read is held meanwhile.
 */
export function captureCommand(device: string): string[] {
  return spooled([...tcpdump, '-B', buffer, '-i', device, '-w', '-']);
}

/**
 * Captures an interface for somebody who watches. A packet is cut to 4096 bytes, so that there are 4096 slots: longer than
 * what a wire carries; between containers the kernel passes several TCP segments as one packet.
 */
export function watchCommand(device: string): string[] {
  return [...tcpdump, atOnce, '-s', '4096', '-B', buffer, '-i', device, '-w', '-'];
}
