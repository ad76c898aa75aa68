import type { Writable } from 'node:stream';

/** Where a reporter prints. */
export interface Output {
  /** Resolves when the text is handed over; rejects when nobody reads any more. */
  write(text: string): Promise<void>;
}

/** Prints to a stream, and waits for it: a pipe must not be cut off by the end of the process. */
export function outputTo(stream: Writable): Output {
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        // A closed pipe is told as an event too, which nobody else listens for.
        stream.once('error', reject);
        stream.write(text, (error) => {
          if (error) return reject(error);
          stream.off('error', reject);
          resolve();
        });
      }),
  };
}
