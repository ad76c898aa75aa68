import { createReadStream } from 'node:fs';
import { capturedItems } from '../captured-items';

/**
 * Returns the number that a packet has in a pcapng which was merged of several captures; undefined if it is not there.
 * @param file the pcapng, whose interfaces are the captures
 * @param name the interface's name
 * @param frame the packet's number in the capture, from 1
 * @throws an error of the file system
 */
export async function frameIn(file: string, name: string, frame: number): Promise<number | undefined> {
  let before = 0;
  for await (const item of capturedItems(createReadStream(file)))
    if (item.kind === 'packet' && item.interface?.name === name && ++before === frame) return item.frame;
  return undefined;
}
