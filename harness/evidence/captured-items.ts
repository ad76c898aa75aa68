import { PcapDecoder } from './pcap';
import { PcapngDecoder, type PcapngItem } from './pcapng';
import { blockTypes } from './pcapng-format';

/** Bytes that tell one format from the other. */
const magicLength = 4;

/**
 * Decodes a capture of either format, pcapng or classic pcap, which its first bytes tell. Garbage gives one problem and
 * nothing after it.
 * @param chunks the file, for example a `createReadStream`; an error of it is thrown
 */
export async function* capturedItems(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<PcapngItem> {
  let decoder: PcapDecoder | PcapngDecoder | undefined;
  let head = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (decoder) {
      yield* decoder.push(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < magicLength) continue;
    decoder = head.readUInt32BE(0) === blockTypes.sectionHeader ? new PcapngDecoder() : new PcapDecoder();
    yield* decoder.push(head);
  }
  if (!decoder) {
    decoder = new PcapDecoder();
    decoder.push(head);
  }
  yield* decoder.end();
}
