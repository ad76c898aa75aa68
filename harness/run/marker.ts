import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { StartedNode } from '../lab/backend';

/** Text that each marker begins with. */
export const markerText = 'nimsfw-marker-';

/** Milliseconds until an unseen marker is sent again. The kernel may hold a packet back for a second. */
const againMs = 1500;

/**
 * Sends a marker from a node to the discard port (RFC 863) of some addresses, and repeats it until it has been
 * seen, because it can get lost. Packets are reported in order, so a reader who has seen the marker has seen
 * every packet before it.
 *
 * @param seen resolves when the reader has seen the marker with this text, and rejects when the reader gives up
 * @throws the error with which `seen` rejects
 */
export async function passMarker(
  from: Pick<StartedNode, 'exec'>,
  to: readonly string[],
  seen: (marker: string) => Promise<unknown>,
): Promise<void> {
  const marker = `${markerText}${randomUUID()}`;
  const awaited = seen(marker);
  let isOver = false;
  const over = awaited.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  const send = async (): Promise<void> => {
    const script = 'for to; do printf %s "$0" >"/dev/udp/$to/9"; done';
    while (!isOver) {
      // A bash whose input is a socket reads its startup files, as if rshd had started it.
      await from.exec(['bash', '--norc', '-c', script, marker, ...to]);
      // The timer must not keep the process alive after the run.
      await Promise.race([over, delay(againMs, undefined, { ref: false })]);
    }
  };
  await Promise.all([awaited, send()]);
}
