import type { PageData } from '../data';

/** Unpacks the data of the page: JSON, compressed with gzip, in base64. */
export async function readData(packed: string): Promise<PageData> {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return (await new Response(unpacked).json()) as PageData;
}
