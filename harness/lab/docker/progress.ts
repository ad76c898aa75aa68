import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';

/** One line of what the engine says while it builds, pulls or imports. */
export interface Progress {
  /** Output of a build. */
  readonly stream?: string;
  /** What a pull or an import is at. */
  readonly status?: string;
  readonly error?: string;
  /** `ID`: the image that came out. */
  readonly aux?: { readonly ID?: string };
}

/** Goes through what the engine says, to the end. The engine answers 200 and tells of an error in this text only. */
export async function* progressOf(stream: Readable): AsyncGenerator<Progress> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity }))
    if (line.trim() !== '') yield JSON.parse(line) as Progress;
}
