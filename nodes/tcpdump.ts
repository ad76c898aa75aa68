/**
 * How tcpdump is run in a node, streaming pcap to standard output.
 *
 * `-U` and immediate mode: a packet is written when it comes, and none is lost when tcpdump is ended. `-Z root`: giving
 * up privileges fails where only one uid is mapped, and inside the lab's own user namespace root is nobody special.
 */
const tcpdump = ['tcpdump', '-U', '--immediate-mode', '-n', '-Z', 'root'];

/** Streams what a firewall denies: the packets logged to this nflog group, each with its rule's name. */
export function dropLogCommand(group: number): string[] {
  return [...tcpdump, '-i', `nflog:${group}`, '-w', '-'];
}

/**
 * Captures an interface.
 *
 * In immediate mode every packet takes a slot of the snapshot length, and with tcpdump's defaults (256 KiB, 2 MiB of
 * buffer) there are eight: on a busy machine packets were lost. Here there are 4096, each longer than what a wire carries;
 * where the kernel passes several TCP segments as one packet (between containers), a long one is cut short.
 */
export function captureCommand(device: string): string[] {
  return [...tcpdump, '-s', '4096', '-B', '16384', '-i', device, '-w', '-'];
}
