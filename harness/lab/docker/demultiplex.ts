import { Writable } from 'node:stream';

const headerBytes = 8;

/**
 * Splits the output of a process that the engine sends: frames of 8 bytes (stream, three zeros, length) and
 * content (Docker Engine API, "Attach to a container"). It reads on only after the outputs have taken the
 * content.
 *
 * @param outputs by the number of the stream: nothing for 0, standard output, standard error
 */
export function demultiplexer(outputs: readonly [undefined, Writable, Writable]): Writable {
  let pending: Buffer = Buffer.alloc(0);
  const take = async (chunk: Buffer): Promise<void> => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= headerBytes) {
      const end = headerBytes + pending.readUInt32BE(4);
      if (pending.length < end) break;
      const output = outputs[pending[0] as 0 | 1 | 2];
      const content = pending.subarray(headerBytes, end);
      pending = pending.subarray(end);
      if (output && !output.write(content)) await drained(output);
    }
  };
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      void take(chunk).then(() => done(), done);
    },
  });
}

/** Resolves when a stream takes more data, or never will. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      stream.off('drain', end).off('close', end);
      resolve();
    };
    stream.on('drain', end).on('close', end);
    if (stream.destroyed) end();
  });
}
