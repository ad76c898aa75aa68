import {
  closeSync,
  createWriteStream,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  writeSync,
  type WriteStream,
} from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { keyLogName } from '../evidence/capture-names';
import { LabError } from '../lab/lab-error';
import { makeFolder } from '../lab/make-folder';

/**
 * The folder that a run writes its captures, logs and configurations to. The first write that fails ends the
 * run, because a measurement without its proof is worthless.
 */
export class RunFolder {
  /** Rejects with `OUT_NOT_WRITABLE` as soon as something cannot be written. */
  readonly failed: Promise<never>;
  private fail: (error: LabError) => void = () => undefined;
  private readonly writing: Promise<void>[] = [];

  private constructor(
    /** The path as the user wrote it. */
    readonly out: string,
    /** The outermost folder that was created for this run; undefined if all of them existed. */
    private readonly made: string | undefined,
  ) {
    this.failed = new Promise<never>((_, reject) => (this.fail = reject));
    // A caller that awaits this promise gets its error. An error that nobody awaits yet must not end the
    // process.
    this.failed.catch(() => undefined);
  }

  /**
   * Creates the folder if it is missing, claims it for this run, and shows that it can be written.
   * @throws LabError `OUT_NOT_EMPTY`, `OUT_NOT_WRITABLE`
   */
  static async open(out: string): Promise<RunFolder> {
    const made = await takeFolder(out, keyLogName);
    try {
      for (const name of ['captures', 'nodes']) await makeFolder(resolve(out, name));
      return new RunFolder(out, made);
    } catch (error) {
      removeMade(out, made);
      throw notWritable(out, error);
    }
  }

  path(name: string): string {
    return join(this.out, name);
  }

  /**
   * Opens a stream to a file of the folder. An error of the stream is reported by {@link failed}, never as an
   * unhandled error.
   */
  stream(name: string): WriteStream {
    const stream = createWriteStream(this.path(name));
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // A premature close means that the source of the data broke off, and the code that writes it reports
      // that.
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') this.fail(notWritable(this.out, error));
    });
    return stream;
  }

  /**
   * Appends text to a file of the folder, and creates the file with the first text. When `append` returns, the
   * system has the text, so that it survives the death of this process. A failure is reported by {@link
   * failed}.
   */
  appender(name: string): { readonly append: (text: string) => void; readonly close: () => void } {
    let file: number | undefined;
    let isBroken = false;
    const append = (text: string): void => {
      // After a failed write nothing more is appended, so that a line that is written in part stays the last
      // one.
      if (isBroken) return;
      try {
        file ??= openSync(this.path(name), 'a');
        const bytes = Buffer.from(text);
        for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
      } catch (error) {
        isBroken = true;
        this.fail(notWritable(this.out, error));
      }
    };
    return { append, close: () => file !== undefined && closeSync(file) };
  }

  /** Writes files to a subfolder. A failure is reported by {@link failed}. */
  async write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
    try {
      for (const [name, text] of Object.entries(files)) {
        const path = resolve(this.out, folder, name);
        await makeFolder(dirname(path));
        // Some files have passwords and keys. They are worthless after the run, but other users need not read
        // them.
        await writeFile(path, text, { mode: 0o600 });
      }
    } catch (error) {
      this.fail(notWritable(this.out, error));
    }
  }

  /** Writes like {@link write} in the background; {@link kept} waits for it. */
  keep(folder: string, files: Readonly<Record<string, string>>): void {
    this.writing.push(this.write(folder, files));
  }

  /** Resolves when all files given to {@link keep} so far have been written. */
  async kept(): Promise<void> {
    await Promise.all(this.writing);
  }

  /**
   * Turns a file system error about a file in this folder into `OUT_NOT_WRITABLE`, and returns any other error
   * unchanged.
   */
  explain(error: Error): Error {
    const path = 'path' in error ? error.path : undefined;
    const isOwn = typeof path === 'string' && resolve(path).startsWith(`${resolve(this.out)}/`);
    return isOwn ? notWritable(this.out, error) : error;
  }

  /** Removes a subfolder, if it is there. */
  remove(name: string): void {
    rmSync(this.path(name), { recursive: true, force: true });
  }

  /** Removes the files and folders that {@link open} created, for a run that never began. */
  discard(): void {
    removeMade(this.out, this.made);
  }
}

/**
 * Creates the folder if it is missing, and claims it for the files of one run. A folder with files in it is
 * refused, and so is the second of two callers that claim it with the same `first` file.
 *
 * @param first name of the empty file that only one caller can create
 * @returns the outermost folder that was created; undefined if all of them existed
 * @throws LabError `OUT_NOT_EMPTY`, `OUT_NOT_WRITABLE`
 */
export async function takeFolder(out: string, first: string): Promise<string | undefined> {
  let made: string | undefined;
  let isOwn = false;
  try {
    made = await makeFolder(resolve(out));
    if ((await readdir(out)).length > 0) throw notEmpty(out);
    await writeFile(join(out, first), '', { flag: 'wx' });
    isOwn = true;
    // Since the first look, another program may have claimed the folder with another file.
    if ((await readdir(out)).length > 1) throw notEmpty(out);
    return made;
  } catch (error) {
    if (isOwn) rmSync(join(out, first), { force: true });
    if (error instanceof LabError) throw error;
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && syscall === 'open') throw notEmpty(out);
    removeEmpty(out, made);
    throw notWritable(out, error);
  }
}

function notEmpty(out: string): LabError {
  return new LabError(
    'OUT_NOT_EMPTY',
    `${out} has files already, or another run writes there, and results are never mixed; choose another folder with --out, or remove this one`,
  );
}

/**
 * Empties and removes a folder that was created for the run, and those of its parents that were created and
 * that nobody else uses.
 */
function removeMade(out: string, made: string | undefined): void {
  if (made === undefined) return;
  try {
    for (const name of readdirSync(out)) rmSync(join(out, name), { recursive: true, force: true });
  } catch {
    // The folder is gone or belongs to another user, so it stays as it is.
  }
  removeEmpty(out, made);
}

/** Removes the folder and those of its parents that were created for it, as far as they are empty. */
export function removeEmpty(out: string, made: string | undefined): void {
  if (made === undefined) return;
  try {
    for (let folder = resolve(out); folder.length >= made.length; folder = dirname(folder)) rmdirSync(folder);
  } catch {
    // The folder is not empty or belongs to another user, so it stays.
  }
}

function notWritable(out: string, error: unknown): LabError {
  const why = (error as NodeJS.ErrnoException).code ?? String(error);
  const remedy =
    why === 'ENOSPC' || why === 'EDQUOT' ? 'make room, or choose another folder' : 'choose another folder';
  return new LabError('OUT_NOT_WRITABLE', `cannot write to ${out} (${why}); ${remedy} with --out`);
}
