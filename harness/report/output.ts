import type { Writable } from 'node:stream';

/** Where a reporter prints. */
export interface Output {
  /** Resolves when the text is handed over; rejects when the reader has gone. */
  write(text: string): Promise<void>;
}

/**
 * Prints to a stream, one text after the other, and waits for each: a pipe must not be cut off by the end of the process.
 */
export function outputTo(stream: Writable): Output {
  let last: Promise<unknown> = Promise.resolve();
  return {
    write: (text) => {
      const written = last.then(() => writeTo(stream, text));
      // A caller that does not await this must not end the process by that.
      last = written.catch(() => undefined);
      return written;
    },
  };
}

function writeTo(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // Node reports a closed pipe as an event too, which has no other listener.
    stream.once('error', reject);
    stream.write(text, (error) => {
      if (error) return reject(error);
      stream.off('error', reject);
      resolve();
    });
  });
}
