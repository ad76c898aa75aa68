import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';
import { bundleSchemaId } from '../manifest';

/** An entry of an archive, which need not be one that a bundle has. */
export interface ArchiveEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly type?: Header['type'];
  readonly linkname?: string;
}

/** Makes a tar of these entries. */
export function tarOf(entries: readonly ArchiveEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = '', ...header } of entries)
    if (header.type === undefined || header.type === 'file') archive.entry(header, content);
    else archive.entry(header).end(undefined);
  archive.finalize();
  return buffer(archive as AsyncIterable<Buffer>);
}

/** Makes what a manifest says of a file. */
export const fileFact = (
  path: string,
  content: string | Buffer,
): { path: string; size: number; sha256: string } => ({
  path,
  size: Buffer.byteLength(content),
  sha256: createHash('sha256').update(content).digest('hex'),
});

/** Makes the text of a manifest that says this of a run's files. */
export const manifestOf = (files: readonly unknown[], more: object = {}): string =>
  JSON.stringify({
    ...{
      schema: bundleSchemaId,
      tool: { version: '1' },
      run: { id: 'r1', startedAt: '2026-01-02T03:04:05Z' },
    },
    ...{ without: [], files, ...more },
  });

/** Makes a bundle with this manifest and these entries after it. */
export const bundleOf = async (manifest: string, entries: readonly ArchiveEntry[]): Promise<Buffer> =>
  gzipSync(await tarOf([{ name: 'manifest.json', content: manifest }, ...entries]));

/** Makes a bundle of these files as `nimsfw bundle` would. */
export const honestBundle = (files: Readonly<Record<string, string>>): Promise<Buffer> =>
  bundleOf(
    manifestOf(Object.entries(files).map(([name, content]) => fileFact(name, content))),
    Object.entries(files).map(([name, content]) => ({ name, content })),
  );
