import { createReadStream } from 'node:fs';
import { oneLine } from '../../kit/one-line';
import { PcapDecoder, type CapturedPacket } from '../evidence/pcap';

/** Bytes that are read at once. */
const chunkBytes = 1024 * 1024;

/**
 * Reads a capture packet by packet.
 * @param name its name for a reader
 * @param take takes each packet, whose bytes it copies if it keeps them; it returns true to read no further
 * @returns why not all of it could be read, one line; undefined if it could
 */
export async function readCaptureFile(
  file: string,
  name: string,
  take: (packet: CapturedPacket) => boolean | void,
): Promise<string | undefined> {
  const decoder = new PcapDecoder(false);
  const stream = createReadStream(file, { highWaterMark: chunkBytes });
  try {
    for await (const chunk of stream)
      for (const item of decoder.push(chunk as Buffer)) {
        if (item.kind === 'problem') return `${name}: ${item.text}`;
        if (take(item) === true) return undefined;
      }
    const [problem] = decoder.end();
    return problem?.kind === 'problem' ? `${name}: ${problem.text}` : undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? `${name} is not there` : oneLine(`${name} cannot be read: ${message}`);
  } finally {
    stream.destroy();
  }
}
