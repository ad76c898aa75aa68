import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type ExtractEvents } from 'tar-stream';
import { LabError } from '../lab/lab-error';
import { isCapture } from './run-files';
import {
  hostile,
  longestManifest,
  manifestName,
  notABundle,
  readManifest,
  shown,
  tampered,
  truncated,
  type BundledFile,
  type Manifest,
} from './manifest';

/** Bytes that headers and the end of an archive may have beside what the manifest says. */
const slack = 1024 * 1024;
/** Bytes that the headers and the padding of one entry may have. */
const entryOverhead = 4096;

/**
 * Unpacks a bundle into an empty folder. Every entry has to be the one that the manifest has at its place, of its size
 * and its digest, and a regular file; nothing is written that the manifest does not name, nor more bytes of it.
 *
 * @param file the bundle
 * @param folder belongs to the caller, who removes it also after an error
 * @param withoutCaptures true to check the captures, but not to write them
 * @returns once the last byte of the bundle has been checked
 * @throws LabError `NOT_A_BUNDLE`, `OTHER_SCHEMA`, `BUNDLE_TRUNCATED`, `BUNDLE_TAMPERED`, `BUNDLE_HOSTILE`,
 *   `NOT_UNPACKED` if there is no room
 */
export async function unpack(
  file: string,
  folder: string,
  { withoutCaptures = false }: { readonly withoutCaptures?: boolean } = {},
): Promise<Manifest> {
  const entries = extract();
  const allowance = new Allowance(file);
  const reading = readEntries(entries, { file, folder, withoutCaptures, allowance });
  const flowing = pipeline(
    createReadStream(file),
    createGunzip(),
    (chunks: AsyncIterable<Buffer>) => allowance.within(chunks),
    entries,
  );
  const [read, flowed] = await Promise.allSettled([reading, flowing]);
  const errors = [read, flowed].flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const own = errors.find((error) => error instanceof LabError);
  if (own) throw own;
  // What ends one of the two ends the other one too. An error of the system is the cause, and any other what followed.
  const [first] = [...errors].sort((one, other) => Number(isOfSystem(other)) - Number(isOfSystem(one)));
  if (first !== undefined) throw explained(first as NodeJS.ErrnoException, file, allowance);
  if (read.status === 'rejected') throw read.reason;
  return read.value;
}

const isOfSystem = (error: unknown): boolean => (error as NodeJS.ErrnoException).syscall !== undefined;

/** How many bytes a bundle may unfold to, which is known as its entries come. */
class Allowance {
  private used = 0;
  private allowed = longestManifest + slack;
  /** True if the manifest was read. */
  isBundle = false;

  constructor(private readonly file: string) {}

  /** Allows the entries of the manifest. */
  allow({ files }: Manifest): void {
    this.isBundle = true;
    for (const { size } of files) this.allowed += size + entryOverhead;
  }

  /** Passes on what is allowed. */
  async *within(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.used += chunk.length;
      if (this.used > this.allowed)
        throw hostile(
          this.file,
          `it unfolds to more than the ${this.allowed} bytes that its manifest allows`,
        );
      yield chunk;
    }
  }
}

type Entry = ExtractEvents['entry'][1];

interface Reading {
  readonly file: string;
  readonly folder: string;
  readonly withoutCaptures: boolean;
  readonly allowance: Allowance;
}

async function readEntries(entries: AsyncIterable<Entry>, reading: Reading): Promise<Manifest> {
  const { file, folder, withoutCaptures, allowance } = reading;
  let found: Manifest | undefined;
  let next = 0;
  for await (const entry of entries) {
    if (found === undefined) {
      found = await manifestIn(entry, file);
      allowance.allow(found);
      continue;
    }
    const expected = found.files[next++];
    requireExpected(entry, expected, file);
    const path = withoutCaptures && isCapture(expected.path) ? undefined : join(folder, expected.path);
    await take(entry, expected, path, file);
  }
  if (found === undefined) throw notABundle(file, 'it is empty');
  const missing = found.files[next];
  if (missing) throw tampered(file, `it lacks ${shown(missing.path)}`);
  return found;
}

async function manifestIn(entry: Entry, file: string): Promise<Manifest> {
  const { name, type, size = 0 } = entry.header;
  if (name !== manifestName || type !== 'file')
    throw notABundle(file, `it begins with ${shown(name)} and not with ${manifestName}`);
  if (size > longestManifest)
    throw hostile(file, `its manifest has ${size} bytes, and none has more than ${longestManifest}`);
  const chunks: Buffer[] = [];
  for await (const chunk of contentOf(entry)) chunks.push(chunk);
  return readManifest(Buffer.concat(chunks).toString(), file);
}

function requireExpected(
  { header: { name, type, size } }: Entry,
  expected: BundledFile | undefined,
  file: string,
): asserts expected is BundledFile {
  if (type !== 'file')
    throw hostile(file, `${shown(name)} in it is a ${type ?? 'thing without a type'} and no file`);
  if (!expected) throw tampered(file, `it has ${shown(name)}, which is not in its manifest`);
  if (name !== expected.path)
    throw tampered(file, `it has ${shown(name)} where its manifest has ${shown(expected.path)}`);
  if (size !== expected.size)
    throw tampered(file, `${shown(name)} has ${size} bytes, and by its manifest ${expected.size}`);
}

/** Writes an entry to a path, or nowhere, and checks its digest. */
async function take(
  entry: Entry,
  expected: BundledFile,
  path: string | undefined,
  file: string,
): Promise<void> {
  const digest = createHash('sha256');
  if (path !== undefined) await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await pipeline(
    async function* () {
      for await (const chunk of contentOf(entry)) {
        digest.update(chunk);
        yield chunk;
      }
    },
    path === undefined ? nowhere() : createWriteStream(path, { flags: 'wx', mode: 0o600 }),
  );
  if (digest.digest('hex') !== expected.sha256)
    throw tampered(file, `${shown(expected.path)} has another content than by its manifest`);
}

/** The library's types leave open what a stream brings. */
const contentOf = (entry: Entry): AsyncIterable<Buffer> => entry as AsyncIterable<Buffer>;

const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

/** Tells what an error of the libraries or of the system says of the bundle. */
function explained(error: NodeJS.ErrnoException, file: string, { isBundle }: Allowance): Error {
  const { code, syscall, path } = error;
  if (syscall !== undefined && path !== file)
    return new LabError(
      'NOT_UNPACKED',
      `${file} cannot be unpacked (${code}); make room for temporary files, or name another folder for them in TMPDIR`,
    );
  if (syscall !== undefined) return notABundle(file, `it cannot be read: ${code}`);
  if (code === 'Z_BUF_ERROR' || error.message === 'Unexpected end of data') return truncated(file);
  return isBundle ? tampered(file, error.message) : notABundle(file, error.message);
}
