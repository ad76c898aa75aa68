import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';

/** One line of the engine's output while it builds, pulls or imports. */
export interface Progress {
  /** Output of a build. */
  readonly stream?: string;
  /** The state of a pull or an import. */
  readonly status?: string;
  readonly error?: string;
  /** `ID`: the finished image. */
  readonly aux?: { readonly ID?: string };
}

/**
 * Yields the lines of the engine's output to its end. The engine answers 200 even to a request that then fails,
 * and reports the error only in this text.
 */
export async function* progressOf(stream: Readable): AsyncGenerator<Progress> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity }))
    if (line.trim() !== '') yield JSON.parse(line) as Progress;
}
