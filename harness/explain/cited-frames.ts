import type { Evidence } from '../evidence/evidence';

/** A packet in a capture. */
export interface CitedFrame {
  /** The capture's path in the run's folder. */
  readonly capture: string;
  readonly frame: number;
}

/** Returns the packets that an item of evidence names, each once: whatever in it has a capture and a number there. */
export function citedFrames(item: Evidence): CitedFrame[] {
  const found = new Map<string, CitedFrame>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { capture, frame } = value as Readonly<Record<string, unknown>>;
    if (typeof capture === 'string' && typeof frame === 'number')
      found.set(`${capture} ${frame}`, { capture, frame });
    Object.values(value).forEach(look);
  };
  look(item);
  return [...found.values()];
}
