import { closeSync, existsSync, openSync, readSync, readdirSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { espSaName, keyLogName } from '../evidence/capture-names';
import { journalName } from '../journal/events';
import { LabError } from '../lab/lab-error';
import { readResultFile, readStoredRun, resultName, type StoredRun } from '../run/stored-result';
import { tampered, type Manifest } from './manifest';
import { makePrivateFolder } from './removed-at-end';
import { unpack } from './unpack';

/** What a stored run can lack. */
export type RunPart = 'journal' | 'captures' | 'keys';

/** A stored run that is open for reading, whatever it is stored in. */
export interface OpenRun extends StoredRun {
  /** Its path as the user wrote it. */
  readonly path: string;
  /** The run's folder, or where its bundle was unpacked; undefined if there is nothing but a result. */
  readonly folder: string | undefined;
  /** The manifest of a bundle. */
  readonly bundle: Manifest | undefined;
  /** What is not there, so that nothing can be looked up in it. */
  readonly missing: readonly RunPart[];
  /** Removes what was unpacked. */
  readonly close: () => void;
}

export interface OpenOptions {
  /** True if the captures of a bundle are not needed; they are checked and not unpacked. */
  readonly withoutCaptures?: boolean;
}

/**
 * Opens a run: the folder of a run, also of one that was killed or merged, a bundle, or a `result.json`. A bundle is
 * unpacked into a private temporary folder, which is removed by {@link OpenRun.close}, on an error, and when a signal
 * ends this process.
 *
 * @throws LabError `NOT_A_RUN`, and the errors of {@link readStoredRun}, {@link readResultFile} and {@link unpack}
 */
export async function openRun(path: string, options: OpenOptions = {}): Promise<OpenRun> {
  switch (formOf(path)) {
    case 'folder':
      requireFiles(path);
      return { ...inFolder(path, readStoredRun(path)), path, bundle: undefined, close: () => undefined };
    case 'result':
      return {
        ...{ path, result: readResultFile(path), events: [], isTorn: false, folder: undefined },
        ...{ bundle: undefined, missing: ['journal', 'captures', 'keys'], close: () => undefined },
      };
    case 'bundle':
      return openBundle(path, options);
  }
}

async function openBundle(path: string, options: OpenOptions): Promise<OpenRun> {
  const { folder, remove } = privateFolder(path);
  try {
    const bundle = await unpack(path, folder, options);
    const run = inFolder(
      folder,
      namedAs(folder, path, () => readStoredRun(folder)),
    );
    if (run.result.run.id !== bundle.run.id) throw tampered(path, 'its manifest is that of another run');
    return { ...run, path, bundle, close: remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function privateFolder(path: string): ReturnType<typeof makePrivateFolder> {
  try {
    return makePrivateFolder();
  } catch (error) {
    throw new LabError(
      'NOT_UNPACKED',
      `${path} cannot be unpacked (${(error as NodeJS.ErrnoException).code}); name a folder for temporary files in TMPDIR`,
    );
  }
}

/**
 * Reads something in the folder of an open run. Messages name its path as the user wrote it: where a bundle was unpacked,
 * nothing is left when they are read.
 */
export function namedAs<T>(folder: string, path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LabError) || folder === path) throw error;
    throw new LabError(error.code, error.message.replaceAll(folder, path), error.details);
  }
}

function inFolder(folder: string, run: StoredRun): StoredRun & Pick<OpenRun, 'folder' | 'missing'> {
  const folders = run.result.run.variants?.map(({ name }) => join(folder, name)) ?? [folder];
  const lacks: Readonly<Record<RunPart, (one: string) => boolean>> = {
    journal: (one) => !existsSync(join(one, journalName)),
    captures: (one) => !hasFiles(join(one, 'captures')),
    keys: (one) => !existsSync(join(one, keyLogName)),
  };
  const parts = Object.keys(lacks) as RunPart[];
  return { ...run, folder, missing: parts.filter((part) => folders.some((one) => lacks[part](one))) };
}

/**
 * Requires that what is read of a run's folder are files. A pipe would be waited for without an end.
 * @throws LabError `NOT_A_RUN`
 */
function requireFiles(folder: string): void {
  const own = [resultName, journalName, keyLogName, espSaName];
  const captures = namesIn(join(folder, 'captures')).map((name) => join('captures', name));
  for (const name of [...own, ...captures]) {
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    if (stats && !stats.isFile()) throw notARun(folder, `${name} in it is no file`);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const hasFiles = (folder: string): boolean => namesIn(folder).length > 0;

type Form = 'folder' | 'bundle' | 'result';

/** Says what a path leads to. A file is known by its first bytes, whatever its name. */
function formOf(path: string): Form {
  const stats = statsOf(path);
  if (stats.isDirectory()) return 'folder';
  const start = stats.isFile() ? beginningOf(path) : Buffer.alloc(0);
  if (start[0] === 0x1f && start[1] === 0x8b) return 'bundle';
  if (/^\s*\{/.test(start.toString('latin1'))) return 'result';
  throw notARun(path, 'it is neither a folder, nor a bundle, nor a result.json');
}

function statsOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw notARun(path, (error as NodeJS.ErrnoException).code ?? 'unknown');
  }
}

function beginningOf(path: string): Buffer {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(16);
      return bytes.subarray(0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw notARun(path, (error as NodeJS.ErrnoException).code ?? 'unknown');
  }
}

const notARun = (path: string, why: string): LabError =>
  new LabError(
    'NOT_A_RUN',
    `there is no run at ${path} (${why}); name a folder that nimsfw run --out has written, a bundle of one, or its result.json`,
  );
