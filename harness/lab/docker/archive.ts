import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';

const requireHere = createRequire(__filename);

/** Returns files as a tar archive. @param mode of each of them */
export function archiveOf(files: Readonly<Record<string, string>>, mode: number): Readable {
  // The module is loaded late, like dockerode.
  const { pack } = requireHere('tar-stream') as typeof import('tar-stream');
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name, mode }, content);
  archive.finalize();
  return archive as unknown as Readable;
}
