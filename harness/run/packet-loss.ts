import type { NodeProcess } from '../lab/backend';
import { LabError } from '../lab/lab-error';

/**
 * Listens to what a tcpdump says at its end: how many packets the kernel had no room to keep for it.
 * @param node id of the node on which it runs
 * @returns a function for when it has ended; it throws a LabError `CAPTURE_BROKEN` if packets are missing
 */
export function packetLoss(process: NodeProcess, node: string): () => void {
  let said = '';
  process.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
  return () => {
    const lost = Number(/(\d+) packets? dropped by kernel/.exec(said)?.[1] ?? 0);
    if (lost === 0) return;
    throw new LabError(
      'CAPTURE_BROKEN',
      `the capture on ${node} has lost ${lost} packets; try again with fewer networks at once (--firewall)`,
      { node },
    );
  };
}
