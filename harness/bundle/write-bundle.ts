import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { link, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';
import { LabError } from '../lab/lab-error';
import { packageVersion } from '../run/tool-version';
import { bundleSchemaId, manifestName, type BundledFile, type Manifest } from './manifest';
import type { OpenRun } from './open-run';
import { removedAtEnd } from './removed-at-end';
import { isCapture, runFilesIn } from './run-files';

export interface BundleOptions {
  /** The file to be written. */
  readonly out: string;
  /** True to overwrite it. */
  readonly force?: boolean;
  /** True to leave the captures out. */
  readonly withoutCaptures?: boolean;
}

/** A bundle that was written. */
export interface WrittenBundle {
  readonly manifest: Manifest;
  /** Bytes of the bundle. */
  readonly size: number;
  /** Files of the folder that are not in it, because they can be made again or are no part of a run. */
  readonly others: readonly string[];
}

/**
 * Bundles a run into one file: a gzip'd tar with the manifest first, and then what was measured, sorted. It depends on
 * nothing but the files of the run and the version of this program. The file is there when it is whole, or not at all.
 *
 * @throws LabError `NOT_A_RUN`, `OUT_EXISTS`, `OUT_NOT_WRITABLE`, `RUN_NOT_ENDED` if a file changes meanwhile
 */
export async function writeBundle(run: OpenRun, options: BundleOptions): Promise<WrittenBundle> {
  const { out, force = false, withoutCaptures = false } = options;
  const { path, folder, result, bundle } = run;
  if (folder === undefined)
    throw new LabError(
      'NOT_A_RUN',
      `${path} is a result alone; name the folder of the run, or a bundle of it`,
    );
  if (!force && existsSync(out)) throw outExists(out);
  const { measured, others } = await runFilesIn(folder, result);
  const isWithout = withoutCaptures || (bundle?.without.length ?? 0) > 0;
  const manifest: Manifest = {
    schema: bundleSchemaId,
    tool: { version: packageVersion() },
    run: { id: result.run.id, startedAt: result.run.startedAt },
    without: isWithout ? ['captures'] : [],
    files: await digestsOf(
      folder,
      measured.filter((name) => !(isWithout && isCapture(name))),
      path,
    ),
  };
  const size = await writeFileWhole(out, force, (stream) => writeArchive({ manifest, folder, path }, stream));
  return { manifest, size, others };
}

/** Returns files with their sizes and digests. They are read one by one: there can be many, and large ones. */
async function digestsOf(folder: string, names: readonly string[], run: string): Promise<BundledFile[]> {
  const files: BundledFile[] = [];
  for (const path of names) {
    const digest = createHash('sha256');
    let size = 0;
    try {
      for await (const chunk of createReadStream(join(folder, path)) as AsyncIterable<Buffer>) {
        digest.update(chunk);
        size += chunk.length;
      }
    } catch (error) {
      throw new LabError(
        'NOT_A_RUN',
        `${join(run, path)} cannot be read (${(error as NodeJS.ErrnoException).code}); take the folder as the run left it`,
      );
    }
    files.push({ path, size, sha256: digest.digest('hex') });
  }
  return files;
}

/** What goes into an archive: the run's folder, and its path as the user wrote it. */
interface Contents {
  readonly manifest: Manifest;
  readonly folder: string;
  readonly path: string;
}

async function writeArchive(contents: Contents, stream: Writable): Promise<void> {
  const archive = pack();
  const filling = fill(archive, contents);
  // Whoever of the two fails ends the other.
  filling.catch((error: Error) => archive.destroy(error));
  await pipeline(archive as AsyncIterable<Buffer>, createGzip(), stream);
  await filling;
}

async function fill(archive: Pack, { manifest, folder, path }: Contents): Promise<void> {
  // The time of the run, so that the same folder makes the same bundle.
  const common = { mtime: new Date(manifest.run.startedAt), mode: 0o600 };
  archive.entry({ ...common, name: manifestName }, `${JSON.stringify(manifest, null, 2)}\n`);
  for (const file of manifest.files) {
    const { size, sha256 } = file;
    const digest = createHash('sha256');
    const written = new Promise<void>((resolve, reject) => {
      const entry = archive.entry({ ...common, name: file.path, size }, (error) =>
        error ? reject(changed(path, file.path)) : resolve(),
      );
      const content = createReadStream(join(folder, file.path));
      content.on('data', (chunk) => digest.update(chunk));
      pipeline(content, entry as unknown as Writable).catch(() => reject(changed(path, file.path)));
    });
    await written;
    if (digest.digest('hex') !== sha256) throw changed(path, file.path);
  }
  archive.finalize();
}

const changed = (run: string, file: string): LabError =>
  new LabError(
    'RUN_NOT_ENDED',
    `${file} in ${run} changed while it was bundled; wait until the run has ended, and bundle it again`,
  );

/**
 * Writes a file beside the one that is wanted, and gives it that name when it is whole.
 *
 * @returns its bytes
 */
async function writeFileWhole(
  out: string,
  force: boolean,
  write: (stream: Writable) => Promise<void>,
): Promise<number> {
  const beside = `${out}.${randomBytes(4).toString('hex')}.part`;
  const remove = removedAtEnd(beside);
  try {
    await write(createWriteStream(beside, { flags: 'wx' }));
    const { size } = await stat(beside);
    // A link is not made over a file that somebody else has written since.
    await (force ? rename(beside, out) : link(beside, out));
    return size;
  } catch (error) {
    if (error instanceof LabError) throw error;
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    if (code === 'EEXIST') throw outExists(out);
    throw new LabError(
      'OUT_NOT_WRITABLE',
      `${out} cannot be written (${code}); choose another file with --out`,
    );
  } finally {
    remove();
  }
}

const outExists = (out: string): LabError =>
  new LabError(
    'OUT_EXISTS',
    `${out} is there already; choose another file with --out, or overwrite it with --force`,
  );
