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
import { LabError } from '../lab/lab-error';
import { makeFolder } from '../lab/make-folder';

/**
 * The folder that a run writes its captures, logs and configurations to. The first write that fails ends the run: a
 * measurement without its proof is none.
 */
export class RunFolder {
  /** Rejects with `OUT_NOT_WRITABLE` as soon as something cannot be written. */
  readonly failed: Promise<never>;
  private fail: (error: LabError) => void = () => undefined;
  private readonly writing: Promise<void>[] = [];

  private constructor(
    /** As the user named it. */
    readonly out: string,
    /** The outermost folder that was made for it, where it was not there yet. */
    private readonly made: string | undefined,
  ) {
    this.failed = new Promise<never>((_, reject) => (this.fail = reject));
    // A caller that awaits this promise gets the rejection. Until then it must not end the process.
    this.failed.catch(() => undefined);
  }

  /**
   * Makes the folder where it is missing, takes it, and shows that it can be written.
   * @throws LabError `OUT_NOT_EMPTY`, `OUT_NOT_WRITABLE`
   */
  static async open(out: string): Promise<RunFolder> {
    const made = await takeFolder(out, 'keys.log');
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

  /** A stream to a file of the folder. It never emits an unhandled error: {@link failed} tells. */
  stream(name: string): WriteStream {
    const stream = createWriteStream(this.path(name));
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // That what is written broke off is for the writer to tell.
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') this.fail(notWritable(this.out, error));
    });
    return stream;
  }

  /**
   * Appends text to a file of the folder, which is made with the first. What was appended has been handed to the system, so
   * that it survives the death of this process; that it failed is told by {@link failed}.
   */
  appender(name: string): { readonly append: (text: string) => void; readonly close: () => void } {
    let file: number | undefined;
    let isBroken = false;
    const append = (text: string): void => {
      // What was written in part must stay the end of the file.
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

  /** Writes files below a folder of the folder; that it failed is told by {@link failed}. */
  async write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
    try {
      for (const [name, text] of Object.entries(files)) {
        const path = resolve(this.out, folder, name);
        await makeFolder(dirname(path));
        // Passwords and keys are among them: they became worthless with the run, but other users need not read them.
        await writeFile(path, text, { mode: 0o600 });
      }
    } catch (error) {
      this.fail(notWritable(this.out, error));
    }
  }

  /** As {@link write}; {@link kept} tells when it is done. */
  keep(folder: string, files: Readonly<Record<string, string>>): void {
    this.writing.push(this.write(folder, files));
  }

  /** Resolves when everything that was to be kept so far has been written. */
  async kept(): Promise<void> {
    await Promise.all(this.writing);
  }

  /** An error of the file system about a file in here, said as what it is; any other as it is. */
  explain(error: Error): Error {
    const path = 'path' in error ? error.path : undefined;
    const isOwn = typeof path === 'string' && resolve(path).startsWith(`${resolve(this.out)}/`);
    return isOwn ? notWritable(this.out, error) : error;
  }

  /** Removes what {@link open} made, for a run that never began. */
  discard(): void {
    removeMade(this.out, this.made);
  }
}

/**
 * Makes a folder where it is missing and takes it for the files of one run: nothing of another's is in it, and of two who
 * want it at the same time one is refused.
 *
 * @param first the file, empty at first, that only one of them can make
 * @returns the outermost folder that was made; undefined where all were there
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
    // Somebody else may have taken it by another file since the look.
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

/** The folder with what is in it, and the folders above that were made for it as long as nobody else uses them. */
function removeMade(out: string, made: string | undefined): void {
  if (made === undefined) return;
  try {
    for (const name of readdirSync(out)) rmSync(join(out, name), { recursive: true, force: true });
  } catch {
    // Not there, or not ours to remove: it stays.
  }
  removeEmpty(out, made);
}

/** The folder and those above that were made for it, as far as they are empty. */
function removeEmpty(out: string, made: string | undefined): void {
  if (made === undefined) return;
  try {
    for (let folder = resolve(out); folder.length >= made.length; folder = dirname(folder)) rmdirSync(folder);
  } catch {
    // Not empty, or not ours to remove: it stays.
  }
}

function notWritable(out: string, error: unknown): LabError {
  const why = (error as NodeJS.ErrnoException).code ?? String(error);
  const remedy =
    why === 'ENOSPC' || why === 'EDQUOT' ? 'make room, or choose another folder' : 'choose another folder';
  return new LabError('OUT_NOT_WRITABLE', `cannot write to ${out} (${why}); ${remedy} with --out`);
}
