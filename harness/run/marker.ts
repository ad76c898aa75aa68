import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { StartedNode } from '../lab/backend';

/** When a marker that was not seen is sent again: the kernel may keep it for a second. */
const againMs = 1500;

/**
 * Sends a marker from a node to the discard port (RFC 863) of some addresses, and again until it was seen, for it can be
 * lost as well. Packets are reported in order, so a reader of it has seen all before it.
 *
 * @param seen resolves when the marker with this text was seen where it is awaited, rejects when it is awaited no longer
 * @throws what `seen` rejects with
 */
export async function passMarker(
  from: Pick<StartedNode, 'exec'>,
  to: readonly string[],
  seen: (marker: string) => Promise<unknown>,
): Promise<void> {
  const marker = `nimsfw-marker-${randomUUID()}`;
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
      // A run that is over does not wait for it.
      await Promise.race([over, delay(againMs, undefined, { ref: false })]);
    }
  };
  await Promise.all([awaited, send()]);
}
