import type { Writable } from 'node:stream';

/** The place where a reporter prints. */
export interface Output {
  /** Resolves when the text is handed over; rejects when the reader has gone. */
  write(text: string): Promise<void>;
}

/**
 * Prints to a stream, one text after the other, and waits for each, because the end of the process must not cut
 * off a pipe.
 */
export function outputTo(stream: Writable): Output {
  let last: Promise<unknown> = Promise.resolve();
  return {
    write: (text) => {
      const written = last.then(() => writeTo(stream, text));
      // An error must not end the process when a caller does not await the promise.
      last = written.catch(() => undefined);
      return written;
    },
  };
}

function writeTo(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // Node reports a closed pipe as an event too, and an event without a listener would end the process.
    stream.once('error', reject);
    stream.write(text, (error) => {
      if (error) return reject(error);
      stream.off('error', reject);
      resolve();
    });
  });
}
