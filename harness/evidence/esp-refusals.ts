import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { espEvent, type EspEvent } from '../../nodes/ipsec/event';

/**
 * Keeps what the P-CSCF's program `ipsec` tells of authentic ESP packets whose content the P-CSCF refused. It keeps every
 * one, so that a late reader sees the same as an early one.
 */
export class EspRefusals {
  private readonly bySpi = new Map<string, EspEvent[]>();
  private readonly listeners = new Set<() => void>();

  /** @param stream its output, an event in JSON a line; other lines are none */
  constructor(stream: Readable) {
    const lines = createInterface({ input: stream });
    // It passes the errors of its input on. Whoever runs the program learns of its end by other means.
    lines.on('line', (line) => this.take(line)).on('error', () => undefined);
  }

  /** Returns what was told of packets with one of these SPIs, in the order in which it came. */
  of(spis: readonly string[]): EspEvent[] {
    return spis.flatMap((spi) => this.bySpi.get(spi) ?? []).sort((one, other) => one.at - other.at);
  }

  /** Calls `listener` after every event from now on. The returned function ends that. */
  onRefusal(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private take(line: string): void {
    const event = readEvent(line);
    if (!event) return;
    const known = this.bySpi.get(event.spi);
    if (known) known.push(event);
    else this.bySpi.set(event.spi, [event]);
    for (const listener of [...this.listeners]) listener();
  }
}

function readEvent(line: string): EspEvent | undefined {
  try {
    return espEvent.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
