import { closeSync, openSync, readSync } from 'node:fs';
import { LabError, type ErrorCode } from '../lab/lab-error';

/** A kind of file that a user writes. */
export interface TextFile {
  /** Its name in messages, such as `catalogue`. */
  readonly what: string;
  readonly unreadable: ErrorCode;
  readonly malformed: ErrorCode;
}

/** Bytes that such a file may have. Real ones have a few KiB. */
const mostBytes = 256 * 1024;

/**
 * Reads a file as UTF-8. YAML may be UTF-16 too, which nobody uses, and text in the wrong encoding would say something
 * else.
 *
 * @throws LabError with the codes of its kind
 */
export function readText(file: string, { what, unreadable, malformed }: TextFile): string {
  let bytes: Buffer;
  try {
    bytes = beginningOf(file);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new LabError(unreadable, `cannot read the ${what} ${file} (${why}); check its path`);
  }
  if (bytes.length > mostBytes)
    throw new LabError(malformed, `${file}: is larger than ${mostBytes / 1024} KiB; is it a ${what}?`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new LabError(malformed, `${file}: is not UTF-8; save it as that`);
  }
}

/** Reads one byte more than is allowed, so that a device or a huge file takes neither time nor memory. */
function beginningOf(file: string): Buffer {
  const opened = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(mostBytes + 1);
    let length = 0;
    for (;;) {
      const read = readSync(opened, bytes, length, bytes.length - length, null);
      length += read;
      if (read === 0 || length === bytes.length) return bytes.subarray(0, length);
    }
  } finally {
    closeSync(opened);
  }
}
