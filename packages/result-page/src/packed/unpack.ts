import type { PageData } from '../data';
import { together, type Apart } from './texts';

/** Unpacks the data of a page in a browser. */
export async function unpack(packed: string): Promise<PageData> {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return together((await new Response(unpacked).json()) as Apart);
}
